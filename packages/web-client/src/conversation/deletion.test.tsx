import { act, screen, within } from '@testing-library/react';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { click, clickButton, conversationWith, messages, openConversationWith, press, renderPage, settle } from '../testing/render-page.tsx';
import { account } from '../testing/views.ts';

const bob = conversationWith('bob');

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const pass = (ms: number): Promise<void> => settle(() => jest.advanceTimersByTime(ms));

/** A conversation in which bob said 'theirs', and then oneself 'mine'. */
async function open(): Promise<MemoryParley> {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.put(bob, { text: 'theirs' });
  parley.put(bob, { text: 'mine', mine: true, senderId: account('alice').accountId });
  renderPage(parley);
  await openConversationWith('bob');
  return parley;
}

const texts = (): readonly (string | null | undefined)[] => messages().map((message) => message.querySelector('.message-text')?.textContent);

async function openMenuOf(index: number): Promise<void> {
  const message = messages()[index];
  if (message === undefined) throw new Error('there is no such message');
  await click(within(message).getByRole('button', { name: 'Actions' }));
}

async function choose(name: string): Promise<void> {
  await click(screen.getByRole('menuitem', { name }));
}

test('for me: at once, and ‘Undo’ brings it back', async () => {
  const parley = await open();
  await openMenuOf(0);
  await choose('Delete for me');
  expect(parley.callsOf('deleteMessages')).toEqual([[['message-1'], 'for-me']]);
  expect(texts()).toEqual(['mine']);
  expect(screen.getByText('Message deleted')).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByLabelText('Message'));
  await clickButton('Undo');
  expect(parley.callsOf('deleteMessages')[1]).toEqual([['message-1'], 'undo']);
  expect(texts()).toContain('theirs');
  expect(screen.queryByText('Message deleted')).toBeNull();
});

test('‘Undo’ stays for five seconds, and longer while it has the focus', async () => {
  await open();
  await openMenuOf(0);
  await choose('Delete for me');
  await pass(4_999);
  act(() => screen.getByRole('button', { name: 'Undo' }).focus());
  await pass(60_000);
  expect(screen.getByRole('button', { name: 'Undo' })).toBeTruthy();
  act(() => screen.getByLabelText('Message').focus());
  await pass(5_000);
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
});

test('a deletion that fails is told', async () => {
  const parley = await open();
  parley.failures.set('deleteMessages', new MemoryFailure('No server answers. Try again in a moment.', 'UNREACHABLE'));
  await openMenuOf(0);
  await choose('Delete for me');
  expect(screen.getByText('The message was not deleted. No server answers. Try again in a moment.')).toBeTruthy();
  expect(texts()).toEqual(['theirs', 'mine']);
});

test('for everyone: only one’s own, asked first, then a note stays', async () => {
  const parley = await open();
  await openMenuOf(0);
  expect(screen.queryByRole('menuitem', { name: 'Delete for everyone…' })).toBeNull();
  press(screen.getByRole('menuitem', { name: 'Delete for me' }), 'Escape');
  await openMenuOf(1);
  await choose('Delete for everyone…');
  expect(parley.callsOf('deleteMessages')).toEqual([]);
  const dialog = screen.getByRole('dialog', { name: 'Delete for everyone?' });
  expect(dialog.textContent).toContain('This cannot be undone.');
  expect(document.activeElement).toBe(within(dialog).getByRole('button', { name: 'Cancel' }));
  await click(within(dialog).getByRole('button', { name: 'Delete for everyone' }));
  expect(parley.callsOf('deleteMessages')).toEqual([[['message-2'], 'for-everyone']]);
  expect(texts()).toEqual(['theirs', 'This message was deleted']);
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('for everyone: what is refused is told in the dialog', async () => {
  const parley = await open();
  parley.failures.set('deleteMessages', new MemoryFailure('No server answers. Try again in a moment.', 'UNREACHABLE'));
  await openMenuOf(1);
  await choose('Delete for everyone…');
  await clickButton('Delete for everyone');
  expect(within(screen.getByRole('dialog')).getByRole('alert').textContent).toBe('No server answers. Try again in a moment.');
});

test('the menu works by keyboard, and the focus comes back to its button', async () => {
  await open();
  await openMenuOf(1);
  const [first, second, ...others] = screen.getAllByRole('menuitem');
  const last = others.at(-1);
  if (!first || !second || !last) throw new Error('too few actions');
  expect(document.activeElement).toBe(first);
  press(first, 'ArrowDown');
  expect(document.activeElement).toBe(second);
  press(second, 'End');
  expect(document.activeElement).toBe(last);
  press(last, 'ArrowDown');
  expect(document.activeElement).toBe(first);
  press(first, 'Escape');
  expect(screen.queryByRole('menu')).toBeNull();
  expect(document.activeElement?.getAttribute('aria-haspopup')).toBe('menu');
});

test('Tab stops at one message; arrow keys lead to the others', async () => {
  await open();
  const [first, second] = screen.getAllByRole('button', { name: 'Actions' });
  expect([first?.tabIndex, second?.tabIndex]).toEqual([-1, 0]);
  act(() => second?.focus());
  press(second as HTMLElement, 'ArrowUp');
  expect(document.activeElement).toBe(first);
  expect([first?.tabIndex, second?.tabIndex]).toEqual([0, -1]);
});
