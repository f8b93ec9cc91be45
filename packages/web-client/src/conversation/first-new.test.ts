import type { MessageView } from '@parley/client/api';
import { newLineAfter, type NewLine, NO_LINE } from './use-first-new.ts';

function message(messageId: string, changes: Partial<MessageView> = {}): MessageView {
  return {
    conversationId: 'c',
    senderId: 'bob',
    messageId,
    text: '',
    sentAt: 0,
    deleted: false,
    unread: false,
    mine: false,
    delivery: undefined,
    ...changes,
  };
}
const unread = (messageId: string): MessageView => message(messageId, { unread: true });

const after = (line: NewLine, messages: readonly MessageView[], watching: boolean): NewLine =>
  newLineAfter(line, { messages, unread: messages.filter((one) => one.unread) }, watching);

test('stands at the first unread message when the conversation is opened', () => {
  expect(after(NO_LINE, [message('a'), unread('b'), unread('c')], true).key).toBe('bob/b');
  expect(after(NO_LINE, [message('a')], true).key).toBeUndefined();
});

test('waits for messages', () => {
  expect(newLineAfter(NO_LINE, undefined, true)).toBe(NO_LINE);
  expect(after(NO_LINE, [], true)).toBe(NO_LINE);
});

test('is not drawn above what comes while somebody looks', () => {
  const opened = after(NO_LINE, [message('a')], true);
  expect(after(opened, [message('a'), unread('b')], true).key).toBeUndefined();
});

test('is drawn above what comes while nobody looks, and moves on once that is read', () => {
  const opened = after(NO_LINE, [message('a')], true);
  const away = after(opened, [message('a'), unread('b')], false);
  expect(away.key).toBe('bob/b');
  expect(after(away, [message('a'), unread('b'), unread('c')], false).key).toBe('bob/b');
  const read = after(away, [message('a'), message('b')], true);
  expect(read.key).toBe('bob/b');
  expect(after(read, [message('a'), message('b'), unread('c')], false).key).toBe('bob/c');
});

test('is drawn above what arrives late, whoever looks, and tells that it did', () => {
  const opened = after(NO_LINE, [message('a'), message('c', { mine: true })], true);
  const late = after(opened, [message('a'), unread('b'), message('c', { mine: true })], true);
  expect(late).toMatchObject({ key: 'bob/b', late: true });
  expect(after(late, [message('a'), message('b'), message('c', { mine: true })], true)).toMatchObject({ key: 'bob/b', late: true });
  expect(after(late, [message('a'), unread('b'), message('c', { mine: true }), unread('d')], true)).toMatchObject({ key: 'bob/b', late: true });
});

test('what stays unread when one answers is not late', () => {
  const opened = after(NO_LINE, [unread('a')], true);
  const answered = after(opened, [unread('a'), message('b', { mine: true })], true);
  expect(after(answered, [unread('a'), message('b', { mine: true, text: 'sent' })], true)).toMatchObject({ key: undefined, late: false });
});

test('what becomes the first unread one because that before it is gone is not late', () => {
  const away = after(after(NO_LINE, [message('x')], true), [message('x'), unread('a'), unread('b'), unread('c')], false);
  expect(after(away, [message('x'), message('a', { deleted: true }), unread('b'), unread('c')], false)).toMatchObject({ key: 'bob/b', late: false });
  expect(after(away, [message('x'), unread('b'), unread('c')], false)).toMatchObject({ key: 'bob/b', late: false });
});

test('one that was late and is hidden leads nowhere: what comes after it is read as ever', () => {
  const opened = after(NO_LINE, [message('a'), message('c')], true);
  const late = after(opened, [message('a'), unread('b'), message('c')], true);
  expect(after(late, [message('a'), message('c'), unread('d')], true)).toMatchObject({ key: undefined, late: false });
});

test('goes when one answers', () => {
  const opened = after(NO_LINE, [unread('a')], true);
  expect(after(opened, [message('a'), message('b', { mine: true })], true).key).toBeUndefined();
});

test('goes when one answers from farther up, before that is read, and comes with what follows', () => {
  const opened = after(NO_LINE, [unread('a'), unread('b')], false);
  const answered = [unread('a'), unread('b'), message('c', { mine: true })];
  const once = after(opened, answered, false);
  expect(once.key).toBeUndefined();
  expect(after(once, answered, false)).toBe(once);
  expect(after(once, [message('a'), message('b'), message('c', { mine: true }), unread('d')], false).key).toBe('bob/d');
});

test('is the same object when nothing changes', () => {
  const opened = after(NO_LINE, [unread('a')], true);
  expect(after(opened, [unread('a')], true)).toBe(opened);
});
