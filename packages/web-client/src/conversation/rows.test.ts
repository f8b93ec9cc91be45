import type { MessageView } from '@parley/client/api';
import { incomingAfter, keyOf, namedBy, rowsOf } from './rows.ts';

const NOON = new Date(2026, 2, 3, 12).getTime();
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function message(messageId: string, minutes: number, changes: Partial<MessageView> = {}): MessageView {
  return {
    conversationId: 'c',
    senderId: 'bob',
    messageId,
    text: messageId,
    sentAt: NOON + minutes * MINUTE_MS,
    deleted: false,
    unread: false,
    mine: false,
    delivery: undefined,
    ...changes,
  };
}

/** Rows in short: `day`, `new`, `a` for a message, `(a` for one that starts a group. */
const short = (messages: readonly MessageView[], firstNewKey?: string): readonly string[] =>
  rowsOf(messages, firstNewKey).map((row) => (row.kind === 'message' ? `${row.startsGroup ? '(' : ''}${row.message.messageId}` : row.kind));

test('no messages, no rows', () => expect(rowsOf([], undefined)).toEqual([]));

test('one sender’s messages within five minutes of each other are a group', () => {
  expect(short([message('a', 0), message('b', 5), message('c', 10), message('d', 15.1)])).toEqual(['day', '(a', 'b', 'c', '(d']);
});

test('another sender starts a group', () => {
  expect(short([message('a', 0), message('b', 1, { senderId: 'alice' }), message('c', 2)])).toEqual(['day', '(a', '(b', '(c']);
});

test('a new day has a heading, and days do not go back', () => {
  const yesterday = -DAY_MS / MINUTE_MS;
  expect(short([message('a', yesterday), message('b', 0), message('late', yesterday), message('c', 1)])).toEqual([
    'day',
    '(a',
    'day',
    '(b',
    '(late',
    '(c',
  ]);
});

test('the line of new messages divides a group', () => {
  expect(short([message('a', 0), message('b', 1), message('c', 2)], 'bob/b')).toEqual(['day', '(a', 'new', '(b', 'c']);
});

test('a stretch goes on from what stands above it', () => {
  const above = { senderId: 'bob', sentAt: NOON, latestAt: NOON };
  const kinds = (minutes: number): readonly (string | boolean)[] => rowsOf([message('a', minutes)], undefined, above).map((row) => (row.kind === 'message' ? row.startsGroup : row.kind));
  expect([kinds(1), kinds(6), kinds(-DAY_MS / MINUTE_MS), kinds(DAY_MS / MINUTE_MS)]).toEqual([[false], [true], [true], ['day', true]]);
});

test('keys are unique', () => {
  const rows = rowsOf([message('a', 0), message('a', 1, { senderId: 'alice' }), message('a', 2, { senderId: 'carol' })], 'alice/a');
  expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
});

test('counts what others wrote below a message', () => {
  const messages = [message('a', 0), message('b', 1, { mine: true }), message('c', 2), message('d', 3)];
  expect(incomingAfter(messages, 'bob/a')).toBe(2);
  expect(incomingAfter(messages, 'bob/d')).toBe(0);
  expect(incomingAfter(messages, 'bob/gone')).toBe(0);
  expect(incomingAfter(messages, undefined)).toBe(0);
});

test('a message is named by its sender too, and found by its name', () => {
  expect(keyOf({ senderId: 's', messageId: 'm' })).toBe('s/m');
  expect(namedBy('s/m/n')).toEqual({ senderId: 's', messageId: 'm/n' });
});
