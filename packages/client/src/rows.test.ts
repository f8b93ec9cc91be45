import type { Message } from '@parley/proto/chat';
import { mergeAccount, mergeMessage, messageKey } from './rows.ts';

const message = (change: Partial<Message> = {}): Message => ({
  conversationId: 'c', senderId: 's', messageId: 'm', text: 'hello', position: { hlc: 5, origin: 1 }, sentAtMs: 100, deleted: false, unread: true, hidden: false, createdSeq: 5, receipt: 0, copies: undefined, ...change,
});
const row = mergeMessage(undefined, message(), 'current');

test('senders make ids each for itself', () => {
  expect(messageKey({ senderId: 'a', messageId: 'm' })).not.toBe(messageKey({ senderId: 'b', messageId: 'm' }));
});

describe('a message', () => {
  test('that is nothing new stays the same object', () => {
    expect(mergeMessage(row, message(), 'current')).toBe(row);
  });

  test('once deleted stays deleted, without its text', () => {
    const deleted = mergeMessage(row, message({ deleted: true, text: '' }), 'current');
    expect(deleted).toMatchObject({ deleted: true, text: '' });
    expect(mergeMessage(deleted, message(), 'current')).toMatchObject({ deleted: true, text: '' });
  });

  test('once read stays read', () => {
    const read = mergeMessage(row, message({ unread: false }), 'current');
    expect(mergeMessage(read, message(), 'current').unread).toBe(false);
  });

  test('stands at the lower of two places, with the time of that creation', () => {
    const lower = message({ position: { hlc: 5, origin: 0 }, sentAtMs: 90 });
    expect(mergeMessage(row, lower, 'current')).toMatchObject({ position: { hlc: 5, origin: 0 }, sentAt: 90 });
    expect(mergeMessage(row, message({ position: { hlc: 6, origin: 0 }, sentAtMs: 110 }), 'current')).toBe(row);
  });

  test('that is hidden can be shown again, but not by a server that is behind', () => {
    const hidden = mergeMessage(row, message({ hidden: true }), 'current');
    expect(hidden.hidden).toBe(true);
    expect(mergeMessage(hidden, message(), 'behind').hidden).toBe(true);
    expect(mergeMessage(hidden, message(), 'current').hidden).toBe(false);
  });
});

test('a deleted account stays deleted, and renames are followed', () => {
  const account = mergeAccount(undefined, { accountId: 'a', username: 'bob', deleted: false });
  expect(mergeAccount(account, { accountId: 'a', username: 'bob', deleted: false })).toBe(account);
  expect(mergeAccount(account, { accountId: 'a', username: 'bob~k3f9', deleted: false }).username).toBe('bob~k3f9');
  const deleted = mergeAccount(account, { accountId: 'a', username: '', deleted: true });
  expect(mergeAccount(deleted, { accountId: 'a', username: 'bob', deleted: false })).toEqual({ accountId: 'a', username: '', deleted: true });
});
