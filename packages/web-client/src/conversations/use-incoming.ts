import type { ClientSnapshot, ConversationView, MessageView, TimelineView } from '@parley/client/api';
import { commonEnds } from '@parley/client/common-ends';
import { useEffect, useRef } from 'react';
import { keyOf, lastIndexOf } from '../conversation/rows.ts';
import { useSnapshot } from '../use-parley.ts';

/** A new message, and the conversation that it came in. */
export interface Incoming {
  readonly from: ConversationView;
  readonly message: MessageView;
}

interface Known {
  readonly conversations: readonly ConversationView[];
  readonly timelines: ClientSnapshot['timelines'];
}

/**
 * Calls `tell` for new messages of others, while the component is on the page; of those that come at once only for one. One that arrives late, above others, is told
 * of where the conversation is loaded: elsewhere only its count is known.
 */
export function useIncoming(tell: (incoming: Incoming) => void): void {
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const timelines = useSnapshot((snapshot) => snapshot.timelines);
  const before = useRef<Known>(undefined);
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  });

  useEffect(() => {
    if (conversations === undefined) return;
    const now = { conversations, timelines };
    const incoming = before.current && (newestIncoming(before.current, now) ?? lateIncoming(before.current, now));
    before.current = now;
    if (incoming !== undefined) latest.current(incoming);
  }, [conversations, timelines]);
}

/** The first conversation whose newest message is new, unread, and from somebody else. */
function newestIncoming(before: Known, now: Known): Incoming | undefined {
  const known = new Set(before.conversations.map((conversation) => conversation.lastMessage?.messageId));
  for (const from of now.conversations) {
    const message = from.lastMessage;
    if (message !== undefined && isToTell(message) && !known.has(message.messageId)) return { from, message };
  }
  return undefined;
}

/** The first conversation in which such a message came in above others. */
function lateIncoming(before: Known, now: Known): Incoming | undefined {
  for (const from of now.conversations) {
    const [was, is] = [before.timelines.get(from.conversationId), now.timelines.get(from.conversationId)];
    const message = was && is && was !== is ? lateIn(was, is) : undefined;
    if (message !== undefined) return { from, message };
  }
  return undefined;
}

/** Only what changed is looked at: there may be 100,000 others. What is above the first message that was loaded was there before, and is loaded only now. */
function lateIn({ messages: was }: TimelineView, { messages: is }: TimelineView): MessageView | undefined {
  const { start, end } = commonEnds(was, is);
  const changed = is.slice(start, is.length - end);
  const first = was[0];
  if (changed.length === 0 || first === undefined) return undefined;
  const old = new Set(was.slice(start, was.length - end).map(keyOf));
  const firstAt = start > 0 ? -1 : lastIndexOf(changed, first);
  // Prepended: what was first is among those that stayed.
  if (start === 0 && firstAt === -1) return undefined;
  return changed.slice(firstAt + 1).findLast((message) => isToTell(message) && !old.has(keyOf(message)) && message !== is.at(-1));
}

const isToTell = ({ mine, deleted, unread }: MessageView): boolean => !mine && !deleted && unread;
