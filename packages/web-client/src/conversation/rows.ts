import type { MessageKey, MessageView } from '@parley/client/api';
import { dayOf } from '../times.ts';

/** Messages of one sender that follow each other within this time read as one. */
const GROUP_WITHIN_MS = 5 * 60_000;

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  /** Above the first message that was unread when the conversation was opened. */
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'message'; readonly key: string; readonly message: MessageView; readonly startsGroup: boolean };

/** As much of what stands above a stretch of messages as its rows depend on. */
export interface Above {
  /** Who sent the message right above, and when; undefined: there is none. */
  readonly senderId: string | undefined;
  readonly sentAt: number;
  /** The latest time at which one above was sent. */
  readonly latestAt: number;
}

export const NOTHING_ABOVE: Above = { senderId: undefined, sentAt: 0, latestAt: Number.NEGATIVE_INFINITY };

/** Names a message in lists and in the DOM: message ids are unique for each sender only. */
export const keyOf = (message: MessageKey): string => `${message.senderId}/${message.messageId}`;

/** The message that `keyOf` named. Ids of accounts are base32: the first slash ends one. */
export function namedBy(key: string): MessageKey {
  const slash = key.indexOf('/');
  return { senderId: key.slice(0, slash), messageId: key.slice(slash + 1) };
}

/** Where a message is; -1: it is not there. From the end, where what one asks for mostly is; ids are compared and no names made, as there may be 100,000 messages. */
export const lastIndexOf = (messages: readonly MessageView[], { senderId, messageId }: MessageKey): number =>
  messages.findLastIndex((message) => message.messageId === messageId && message.senderId === senderId);

/**
 * A stretch of a timeline as it is shown: day headings, the line above what is new, and groups. Days only go forward: a message that
 * comes to stand below a later day's, because it arrived late, does not open its day again.
 */
export function rowsOf(messages: readonly MessageView[], firstNewKey: string | undefined, above = NOTHING_ABOVE): readonly Row[] {
  const rows: Row[] = [];
  let day = dayOf(above.latestAt);
  let previous = above.senderId === undefined ? undefined : { senderId: above.senderId, sentAt: above.sentAt };
  for (const message of messages) {
    const key = keyOf(message);
    // There is no day before the first one: NaN.
    if (!(dayOf(message.sentAt) <= day)) {
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

type Sent = Pick<MessageView, 'senderId' | 'sentAt'>;
const belongTogether = (a: Sent, b: Sent): boolean => a.senderId === b.senderId && Math.abs(b.sentAt - a.sentAt) <= GROUP_WITHIN_MS;

/** How many messages of others stand below the message `key`; 0 when that is not loaded. */
export function incomingAfter(messages: readonly MessageView[], key: string | undefined): number {
  const at = key === undefined ? -1 : lastIndexOf(messages, namedBy(key));
  return at === -1 ? 0 : messages.slice(at + 1).filter((message) => !message.mine).length;
}
