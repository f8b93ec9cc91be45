import type { MessageView } from '@parley/client/api';
import { act, screen } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { conversationWith, openConversationWith, renderPage } from '../testing/render-page.tsx';

const bob = conversationWith('bob');

/** The element that holds what is spoken: a new one for each message. */
const spoken = (): Element | null | undefined => screen.getAllByRole('status').find((status) => status.classList.contains('spoken-only'))?.firstElementChild;

function renderWithBob(): MemoryParley {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.put(bob, { text: 'old', unread: true });
  renderPage(parley);
  return parley;
}

test('what was there is not spoken; what comes is, once', () => {
  const parley = renderWithBob();
  expect(spoken()?.textContent).toBe('');
  act(() => void parley.put(bob, { text: 'hello', unread: true }));
  const first = spoken();
  expect(first?.textContent).toBe('bob: hello');
  act(() => parley.set({ connection: { status: 'live' } }));
  expect(spoken()).toBe(first);
});

test('the same words again are spoken again', () => {
  const parley = renderWithBob();
  act(() => void parley.put(bob, { text: 'hello', unread: true }));
  const first = spoken();
  act(() => void parley.put(bob, { text: 'hello', unread: true }));
  expect(spoken()?.textContent).toBe('bob: hello');
  expect(spoken()).not.toBe(first);
});

test('one’s own messages are not, nor those that another tab has read', () => {
  const parley = renderWithBob();
  act(() => void parley.put(bob, { text: 'mine', mine: true }));
  act(() => void parley.put(bob, { text: 'read elsewhere', unread: false }));
  expect(spoken()?.textContent).toBe('');
});

test('one that arrives late, above what was there, is spoken too; what is loaded from before is not', () => {
  const parley = renderWithBob();
  const [old] = parley.getSnapshot().timelines.get(bob)?.messages ?? [];
  if (old === undefined) throw new Error('there is a message');
  const show = (messages: readonly MessageView[]): void => act(() => parley.setTimeline(bob, { messages, more: false, loading: false }));
  show([{ ...old, messageId: 'earlier', text: 'earlier' }, old]);
  expect(spoken()?.textContent).toBe('');
  show([{ ...old, messageId: 'earlier', text: 'earlier' }, { ...old, messageId: 'late', text: 'late' }, old]);
  expect(spoken()?.textContent).toBe('bob: late');
  const first = spoken();
  show([{ ...old, messageId: 'earlier', text: 'earlier' }, { ...old, messageId: 'late', text: 'late', unread: false }, old]);
  expect(spoken()).toBe(first);
});

test('the open conversation itself is silent', async () => {
  renderWithBob();
  await openConversationWith('bob');
  expect(screen.getByRole('log').getAttribute('aria-live')).toBe('off');
});
