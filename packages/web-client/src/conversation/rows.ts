import type { MessageView } from '@parley/client/api';
import { dayOf } from '../times.ts';

/** Messages of one sender that follow each other within this time read as one. */
const GROUP_WITHIN_MS = 5 * 60_000;

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  /** Above the first message that was unread when the conversation was opened. */
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'message'; readonly key: string; readonly message: MessageView; readonly startsGroup: boolean };

/** Names a message in lists and in the DOM: message ids are unique for each sender only. */
export const keyOf = (message: Pick<MessageView, 'senderId' | 'messageId'>): string => `${message.senderId}/${message.messageId}`;

/**
 * A timeline as it is shown: day headings, the line above what is new, and groups. Days only go forward: a message that
 * comes to stand below a later day's, because it arrived late, does not open its day again.
 */
export function rowsOf(messages: readonly MessageView[], firstNewKey: string | undefined): readonly Row[] {
  const rows: Row[] = [];
  let day = Number.NEGATIVE_INFINITY;
  let previous: MessageView | undefined;
  for (const message of messages) {
    const key = keyOf(message);
    if (dayOf(message.sentAt) > day) {
      day = dayOf(message.sentAt);
      rows.push({ kind: 'day', key: `day ${day}`, at: day });
      previous = undefined;
    }
    if (key === firstNewKey) {
      rows.push({ kind: 'new', key: 'new' });
      previous = undefined;
    }
    rows.push({ kind: 'message', key, message, startsGroup: previous === undefined || !belongTogether(previous, message) });
    previous = message;
  }
  return rows;
}

const belongTogether = (a: MessageView, b: MessageView): boolean => a.senderId === b.senderId && Math.abs(b.sentAt - a.sentAt) <= GROUP_WITHIN_MS;

/** How many messages of others stand below the message `key`; 0 when that is not loaded. */
export function incomingAfter(messages: readonly MessageView[], key: string | undefined): number {
  const at = messages.findLastIndex((message) => keyOf(message) === key);
  return at === -1 ? 0 : messages.slice(at + 1).filter((message) => !message.mine).length;
}
