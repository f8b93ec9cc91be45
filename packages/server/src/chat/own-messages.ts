import type { Message } from '@parley/proto/chat';
import type { MessageRow } from '../store/queries/messages.ts';
import type { ChatParts } from './parts.ts';
import type { Told } from './rising-copies.ts';
import { messageView } from './views.ts';

type Parts = Pick<ChatParts, 'hub' | 'replication'>;

/** Messages as `viewer` may see them, with the copies of those that it sent; its streams tell when these rise [A9]. */
export function messageViews(parts: Parts, viewer: string, rows: readonly MessageRow[]): Message[] {
  const rising: Told[] = [];
  const views = rows.flatMap((row) => {
    const view = messageView(row);
    if (!view || row.senderId !== viewer || row.deleted) return view ?? [];
    const copies = parts.replication.copiesOf(row.createdBy);
    if (copies.stored < copies.replicas) rising.push({ messageId: row.messageId, write: row.createdBy, told: copies });
    return { ...view, copies };
  });
  // The oldest first: of many the newest are watched.
  if (rising.length > 0) parts.hub.watch(viewer, rising.reverse());
  return views;
}
