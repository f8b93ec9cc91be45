import type { ConversationView, MessageView, ReplyView } from '@parley/client/api';
import { printable, printableLine } from './printable.ts';

/** Someone's name as it is shown; a deleted account has none. */
export function nameOf(account: { readonly username: string; readonly deleted: boolean }): string {
  return account.deleted ? 'Deleted account' : printableLine(account.username);
}

/** Of the message that another one answers so much is shown, in UTF-16 units. */
const QUOTE_LENGTH = 60;

/**
 * `14:02 bob: hello`; one's own `14:02 you → bob: hello`. Further lines are indented, so that none can pass for another message; what it answers is the last of
 * them.
 */
export function messageLine(message: MessageView, conversation: ConversationView, now = new Date()): string {
  const other = nameOf(conversation.other);
  const who = message.mine ? `you → ${other}` : other;
  const text = message.deleted ? '(This message was deleted)' : indented(message.text);
  const edited = message.edited ? ' (edited)' : '';
  return `${timeOf(message.sentAt, now)} ${who}: ${text}${edited}${message.replyTo ? `\n    ↳ ${answerWords(message.replyTo)}` : ''}`;
}

/** A text whose further lines are indented. */
export function indented(text: string): string {
  return printable(text).replaceAll('\n', '\n    ');
}

function answerWords({ status, deleted, text }: ReplyView): string {
  if (deleted) return 'answers a deleted message';
  if (status !== 'here') return 'answers a message that is not here';
  const quoted = printableLine(text);
  return `answers: ${quoted.length > QUOTE_LENGTH ? `${quoted.slice(0, QUOTE_LENGTH)}…` : quoted}`;
}

/** What `--json` tells of a message. */
export function messageJson(message: MessageView, conversation: ConversationView): Readonly<Record<string, unknown>> {
  const { conversationId, messageId, senderId, text, sentAt, unread, mine, deleted, edited, replyTo } = message;
  return {
    conversationId, messageId, senderId, with: conversation.other.username, mine, text, sentAt: new Date(sentAt).toISOString(), unread, deleted,
    editedAt: edited && new Date(edited.at).toISOString(),
    replyTo: replyTo && { senderId: replyTo.senderId, messageId: replyTo.messageId },
  };
}

/** Local time; with the date where it is not today's. */
function timeOf(at: number, now: Date): string {
  const time = new Date(at);
  const [day, today] = [time, now].map((date) => `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`);
  const clock = `${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`;
  return day === today ? clock : `${day} ${clock}`;
}

/** How many replicas have it: `stored on 2 of 3 servers`. */
export function storedWords(stored: number, replicas: number): string {
  return `stored on ${stored} of ${replicas} ${replicas === 1 ? 'server' : 'servers'}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
