import type { ConversationView, MessageView } from '@parley/client/api';
import { useEffect, useRef } from 'react';
import { useSnapshot } from '../use-parley.ts';

/** A new message, and the conversation that it came in. */
export interface Incoming {
  readonly from: ConversationView;
  readonly message: MessageView;
}

/** Calls `tell` for new messages of others, while the component is on the page; of those that come at once only for one. */
export function useIncoming(tell: (incoming: Incoming) => void): void {
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const before = useRef<readonly ConversationView[]>(undefined);
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  });

  useEffect(() => {
    const incoming = before.current === undefined ? undefined : newestIncoming(before.current, conversations ?? []);
    if (conversations !== undefined) before.current = conversations;
    if (incoming !== undefined) latest.current(incoming);
  }, [conversations]);
}

/** The first conversation whose newest message is new, unread, and from somebody else. */
function newestIncoming(before: readonly ConversationView[], after: readonly ConversationView[]): Incoming | undefined {
  const known = new Set(before.map((conversation) => conversation.lastMessage?.messageId));
  for (const from of after) {
    const message = from.lastMessage;
    if (message !== undefined && !message.mine && !message.deleted && message.unread && !known.has(message.messageId)) return { from, message };
  }
  return undefined;
}
