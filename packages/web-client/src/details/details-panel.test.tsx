import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { click, conversationWith, openConversationWith, renderPage } from '../testing/render-page.tsx';
import { account, server } from '../testing/views.ts';

const bob = conversationWith('bob');
const opener = (): HTMLElement => screen.getByRole('button', { description: 'Details', expanded: false });
const isClosed = (): Promise<void> => waitFor(() => expect(screen.queryByRole('complementary')).toBeNull());
const details = (): HTMLElement => screen.getByRole('complementary', { name: 'Details' });

async function openDetails(parley: MemoryParley, who = 'bob'): Promise<void> {
  renderPage(parley);
  await openConversationWith(who);
  await click(opener());
}

test('says whom a conversation is with, since when, and which servers keep it', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.set({ servers: [server('server1'), server('server2')] });
  parley.put(bob, { sentAt: new Date(2026, 2, 5).getTime() });
  await openDetails(parley);
  expect(details().textContent).toContain('First message5 March 2026');
  expect(details().textContent).toContain('Kept onserver1 and server2');
  expect(within(details()).getByText('account-bob')).toBeTruthy();
});

test('of a conversation that is not loaded whole it says no more than it knows', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.put(bob, { sentAt: new Date(2026, 2, 5).getTime() });
  const timeline = parley.getSnapshot().timelines.get(bob);
  if (timeline) parley.setTimeline(bob, { ...timeline, more: true });
  await openDetails(parley);
  expect(details().textContent).toContain('Before 5 March 2026');
});

test('a name that tells two accounts apart is explained', async () => {
  const parley = MemoryParley.signedIn('alice', ['zoe~k3f9', 'bob']);
  await openDetails(parley, 'zoe');
  expect(within(details()).getByText(/had claimed “zoe” first/)).toBeTruthy();
  await openConversationWith('bob');
  expect(within(details()).queryByText(/had claimed/)).toBeNull();
});

test('Escape, its button and a click on the head close it; the focus goes back to the head', async () => {
  await openDetails(MemoryParley.signedIn('alice', ['bob']));
  const head = screen.getByRole('button', { description: 'Details', expanded: true });
  fireEvent.keyDown(details(), { key: 'Escape' });
  await isClosed();
  head.focus();
  await click(head);
  await click(within(details()).getByRole('button', { name: 'Close' }));
  await isClosed();
  expect(document.activeElement).toBe(head);
  await click(head);
  await click(head);
  await isClosed();
});

test('the focus goes to the head of the conversation that is open by then', async () => {
  await openDetails(MemoryParley.signedIn('alice', ['bob', 'carol']));
  await openConversationWith('carol');
  await click(within(details()).getByRole('button', { name: 'Close' }));
  await isClosed();
  expect(document.activeElement).toBe(screen.getByRole('button', { description: 'Details' }));
  expect(document.activeElement?.textContent).toContain('carol');
});

test('an address that names the details of no conversation shows the list', () => {
  renderPage(MemoryParley.signedIn('alice', ['bob']));
  act(() => {
    window.history.replaceState(null, '', '#panel=details');
    window.dispatchEvent(new PopStateEvent('popstate'));
  });
  expect(document.querySelector('[data-view]')?.getAttribute('data-view')).toBe('list');
});

test('a deleted account is told', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.put(bob);
  parley.set({ accounts: [], conversations: parley.getSnapshot().conversations?.map((one) => ({ ...one, other: { ...account('bob'), username: '', deleted: true } })) });
  await openDetails(parley, 'Deleted account');
  expect(within(details()).getByText(/This account was deleted/)).toBeTruthy();
});
