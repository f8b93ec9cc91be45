import type { ConversationView, MessageView, ReplyView } from '@parley/client/api';
import { cutToWidth } from './chat/width.ts';
import { messageJson, messageLine, nameOf } from './message-lines.ts';
import { printable, printableLine } from './printable.ts';
import { lagWords, roundTripWords, sizeWords } from './server-words.ts';

const now = new Date(2026, 10, 25, 15, 0);
const at = (...[hour, minute, day = 25]: [number, number, number?]): number => new Date(2026, 10, day, hour, minute).getTime();
const conversation: ConversationView = { conversationId: 'c', other: { accountId: 'b', username: 'bob', deleted: false }, lastMessage: undefined, unreadCount: 0, typing: false };
const message = (change: Partial<MessageView>): MessageView => ({
  conversationId: 'c', senderId: 'b', messageId: 'm', text: 'hello', sentAt: at(14, 2), deleted: false, unread: true, mine: false, delivery: undefined, ...change,
});

test('a message: when, who, what; further lines cannot pass for another message', () => {
  expect(messageLine(message({}), conversation, now)).toBe('14:02 bob: hello');
  expect(messageLine(message({ mine: true, sentAt: at(9, 5, 24) }), conversation, now)).toBe('2026-11-24 09:05 you → bob: hello');
  expect(messageLine(message({ text: 'one\r\n14:03 carol: two' }), conversation, now)).toBe('14:02 bob: one\n    14:03 carol: two');
  expect(messageLine(message({ text: '', deleted: true }), conversation, now)).toBe('14:02 bob: (This message was deleted)');
  expect(nameOf({ username: '', deleted: true })).toBe('Deleted account');
});

test('a message that was edited, and one that answers another: what that said is one line, and not all of a long one', () => {
  const reply = (change: Partial<ReplyView>) => messageLine(message({ replyTo: { senderId: 'a', messageId: 'q', status: 'here', text: 'one\ntwo\x1b', deleted: false, ...change } }), conversation, now);
  expect(messageLine(message({ edited: { at: at(14, 3), sending: false } }), conversation, now)).toBe('14:02 bob: hello (edited)');
  expect(reply({})).toBe('14:02 bob: hello\n    ↳ answers: one two�');
  expect(reply({ text: 'x'.repeat(61) })).toBe(`14:02 bob: hello\n    ↳ answers: ${'x'.repeat(60)}…`);
  expect(reply({ deleted: true, text: '' })).toBe('14:02 bob: hello\n    ↳ answers a deleted message');
  expect(reply({ status: 'missing', text: '' })).toBe('14:02 bob: hello\n    ↳ answers a message that is not here');
});

test('JSON has the text as it was sent', () => {
  expect(messageJson(message({ text: 'a\x1b[31m\n' }), conversation)).toMatchObject({ text: 'a\x1b[31m\n', with: 'bob', sentAt: new Date(at(14, 2)).toISOString() });
});

test('[H4] what others wrote cannot draw on the terminal', () => {
  expect(printable('a\x1b[2Jb\x07c\x9bd\u202ee\ttab\nline')).toBe('a�[2Jb�c�d�e\ttab\nline');
  expect(printableLine('two\nlines')).toBe('two lines');
  expect(printable('Grüße, 你好 👩‍🚀')).toBe('Grüße, 你好 👩‍🚀');
});

test('the status line is cut to the terminal, wide characters counted as two', () => {
  expect(cutToWidth('alice · server1', 9)).toBe('alice · s');
  expect(cutToWidth('你好 ab', 5)).toBe('你好 ');
});

test('numbers in words', () => {
  expect([undefined, 0.4, 12.6].map(roundTripWords)).toEqual(['', '<1 ms', '13 ms']);
  expect([undefined, 0, 1, 14].map((changes) => lagWords(changes, undefined))).toEqual(['', 'up to date', '1 change', '14 changes']);
  expect([40, 1_234, 61_000].map((ms) => lagWords(14, ms))).toEqual(['14 changes, 0.0 s', '14 changes, 1.2 s', '14 changes, 61 s']);
  expect(lagWords(0, 0)).toBe('up to date');
  expect([0, 999, 1_500, 12_345_678, 2e15].map(sizeWords)).toEqual(['0 B', '999 B', '1.5 kB', '12 MB', '2000 TB']);
});
