import { act, screen } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { conversationWith, openConversationWith, renderPage, type } from '../testing/render-page.tsx';
import { account } from '../testing/views.ts';

const bob = conversationWith('bob');
const preview = (who = /bob/): string | null | undefined => screen.getByRole('link', { name: who }).querySelector('.item-preview')?.textContent;

function renderWith(changes: Parameters<MemoryParley['put']>[1]): MemoryParley {
  const parley = MemoryParley.signedIn('alice', ['bob', 'carol']);
  parley.put(bob, changes);
  renderPage(parley);
  return parley;
}

test.each([
  [{ text: 'hello' }, 'hello'],
  [{ text: 'hello', mine: true }, 'You: hello'],
  [{ text: '', deleted: true, mine: true }, 'This message was deleted'],
  [{ text: 'hello', mine: true, delivery: { status: 'sending', since: 0 } as const }, 'You: hello'],
  [{ text: 'hello', mine: true, delivery: { status: 'failed', reason: 'No.', code: 'X' } as const }, 'Not sent: hello'],
])('the newest message %j reads %j', (changes, expected) => {
  renderWith(changes);
  expect(preview()).toBe(expected);
});

test('somebody who types is told in place of the message', () => {
  const parley = renderWith({ text: 'hello' });
  act(() => parley.set({ conversations: parley.getSnapshot().conversations?.map((one) => ({ ...one, typing: true })) }));
  expect(preview()).toBe('typing…');
});

test('unread messages are counted, to 99', () => {
  const parley = renderWith({ unread: true });
  expect(screen.getByRole('link', { name: /bob/ }).querySelector('.badge')?.textContent).toBe('11 unread');
  act(() => parley.set({ conversations: parley.getSnapshot().conversations?.map((one) => ({ ...one, unreadCount: 140 })) }));
  expect(screen.getByRole('link', { name: /bob/ }).querySelector('.badge')?.textContent).toBe('99+140 unread');
});

/** Another tab changes the draft for bob. */
function otherTabWrites(text: string): void {
  const key = `parley.draft.${account('alice').accountId}.${bob}`;
  act(() => {
    if (text === '') window.localStorage.removeItem(key);
    else window.localStorage.setItem(key, text);
    window.dispatchEvent(new StorageEvent('storage', { key, newValue: text === '' ? null : text }));
  });
}

test('a draft shows in the list once its conversation is left, and goes when it is sent or another tab empties it', async () => {
  const parley = renderWith({ text: 'hello' });
  act(() => void parley.put(conversationWith('carol'), { text: 'hi' }));
  await openConversationWith('bob');
  type('Message', 'for bob');
  expect(preview()).toBe('hello');
  await openConversationWith('carol');
  expect(preview()).toBe('Draft: for bob');
  otherTabWrites('');
  expect(preview()).toBe('hello');
});

test('a draft that another tab writes shows here', () => {
  renderWith({ text: 'hello' });
  otherTabWrites('from elsewhere');
  expect(preview()).toBe('Draft: from elsewhere');
});
