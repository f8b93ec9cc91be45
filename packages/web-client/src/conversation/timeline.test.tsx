import { act, fireEvent, screen } from '@testing-library/react';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { click, clickButton, conversationWith, messages, openConversationWith, renderPage, settle } from '../testing/render-page.tsx';
import { account } from '../testing/views.ts';

const bob = conversationWith('bob');
const MINUTE_MS = 60_000;

/** jsdom lays nothing out: gives the log a height, and scrolls it to where `fromEnd` pixels are below its view. */
function scrollTo(fromEnd: number): void {
  const log = screen.getByRole('log');
  Object.defineProperties(log, { scrollHeight: { value: 2_000, configurable: true }, clientHeight: { value: 500, configurable: true } });
  log.scrollTop = 1_500 - fromEnd;
  fireEvent.scroll(log);
}

async function open(parley = MemoryParley.signedIn('alice', ['bob'])): Promise<MemoryParley> {
  renderPage(parley);
  await openConversationWith('bob');
  return parley;
}

test('an empty conversation says what to do', async () => {
  await open();
  expect(screen.getByText('Nothing here yet. Write the first words to bob below.')).toBeTruthy();
});

test('live messages appear at the end', async () => {
  const parley = await open();
  act(() => void parley.put(bob, { text: 'first' }));
  act(() => void parley.put(bob, { text: 'second' }));
  expect(messages().map((message) => message.dataset.messageId)).toEqual(['message-1', 'message-2']);
});

test('within 80 px of the end new messages are followed; farther up a button counts them', async () => {
  const parley = await open();
  act(() => void parley.put(bob));
  scrollTo(80);
  act(() => void parley.put(bob));
  expect(screen.getByRole('log').scrollTop).toBe(2_000);
  expect(screen.queryByRole('button', { name: /new message/ })).toBeNull();
  scrollTo(81);
  act(() => void parley.put(bob));
  expect(screen.getByRole('log').scrollTop).toBe(1_419);
  act(() => void parley.put(bob));
  act(() => void parley.put(bob));
  screen.getByRole('button', { name: '3 new messages' }).focus();
  await clickButton('3 new messages');
  expect(screen.getByRole('log').scrollTop).toBe(2_000);
  // The button is gone: the focus would be lost with it.
  expect(document.activeElement).toBe(screen.getByRole('log'));
});

test('one’s own message is followed from anywhere', async () => {
  const parley = await open();
  act(() => void parley.put(bob));
  scrollTo(700);
  act(() => void parley.put(bob, { mine: true, senderId: account('alice').accountId }));
  expect(screen.getByRole('log').scrollTop).toBe(2_000);
});

test('older messages are loaded by a button, or by scrolling up, one page at a time', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  const message = parley.put(bob);
  parley.setTimeline(bob, { messages: [message], more: true, loading: false });
  await open(parley);
  await clickButton('Load older messages');
  expect(parley.callsOf('loadOlder')).toEqual([[bob]]);
  scrollTo(1_400);
  expect(parley.callsOf('loadOlder')).toHaveLength(2);
  act(() => parley.setTimeline(bob, { messages: [message], more: true, loading: true }));
  expect(screen.getByText('Loading older messages…')).toBeTruthy();
  scrollTo(1_450);
  expect(parley.callsOf('loadOlder')).toHaveLength(2);
  act(() => parley.setTimeline(bob, { messages: [message], more: false, loading: false }));
  scrollTo(1_400);
  expect(parley.callsOf('loadOlder')).toHaveLength(2);
});

test('a conversation that cannot be loaded says so, can be tried again, and takes messages all the same', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.failures.set('openConversation', new MemoryFailure('No server answers. Try again in a moment.', 'UNREACHABLE'));
  await open(parley);
  expect(screen.getByText('Messages could not be loaded. No server answers. Try again in a moment.')).toBeTruthy();
  expect(screen.getByLabelText('Message')).toBeTruthy();
  parley.failures.clear();
  await clickButton('Try again');
  expect(screen.queryByText(/could not be loaded/)).toBeNull();
});

test('without a server it waits, and leaves it to the bar to say why', async () => {
  jest.useFakeTimers();
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.failures.set('openConversation', new MemoryFailure('No server answers. Try again in a moment.', 'UNREACHABLE'));
  parley.set({ connection: { status: 'reconnecting', since: Date.now(), lastContactAt: undefined } });
  await open(parley);
  await settle(() => jest.advanceTimersByTime(3_000));
  expect(screen.getByText(/Can't reach any server\./)).toBeTruthy();
  expect(screen.getByRole('log').textContent).toBe('No server answers, so the messages are not here yet. They come by themselves as soon as one does.');
  expect(screen.queryByText(/could not be loaded/)).toBeNull();
  parley.failures.clear();
  await settle(() => parley.set({ connection: { status: 'live' } }));
  expect(screen.getByRole('log').textContent).toContain('Nothing here yet.');
  jest.useRealTimers();
});

test('it is tried again by itself when the connection comes back', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.failures.set('openConversation', new MemoryFailure('No server answers. Try again in a moment.', 'UNREACHABLE'));
  await open(parley);
  act(() => parley.set({ connection: { status: 'reconnecting', since: Date.now(), lastContactAt: undefined } }));
  parley.failures.clear();
  await settle(() => parley.set({ connection: { status: 'live' } }));
  expect(screen.queryByText(/could not be loaded/)).toBeNull();
});

test('typing is shown in the conversation and in the list', async () => {
  const parley = await open();
  act(() => void parley.put(bob));
  act(() => parley.set({ conversations: (parley.getSnapshot().conversations ?? []).map((one) => ({ ...one, typing: true })) }));
  expect(screen.getByText('bob is typing…')).toBeTruthy();
  expect(screen.getByText('typing…')).toBeTruthy();
});

test('text is text: markup stays as it was written, and only addresses become links', async () => {
  const parley = await open();
  const text = '<img src=x onerror=alert(1)> javascript:alert(1)\n  see https://example.org/a?b=c&d.';
  act(() => void parley.put(bob, { text }));
  expect(document.querySelector('.message-text')?.textContent).toBe(text);
  expect(document.querySelector('.message-text img')).toBeNull();
  const link = screen.getByRole('link', { name: 'https://example.org/a?b=c&d' });
  expect(link.getAttribute('href')).toBe('https://example.org/a?b=c&d');
  expect(link.getAttribute('rel')).toBe('noopener noreferrer');
});

test('the sender is named to screen readers where a group begins', async () => {
  const parley = await open();
  const at = Date.now() - 30 * MINUTE_MS;
  act(() => void parley.put(bob, { text: 'one', sentAt: at }));
  act(() => void parley.put(bob, { text: 'two', sentAt: at + 4 * MINUTE_MS }));
  act(() => void parley.put(bob, { text: 'three', sentAt: at + 10 * MINUTE_MS }));
  expect(messages().map((message) => message.querySelector('.spoken-only')?.textContent)).toEqual(['bob: ', 'Actions', 'bob: ']);
});

test('a deleted account’s messages stay, and nothing can be added', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.put(bob, { text: 'goodbye' });
  parley.set({
    accounts: [],
    conversations: (parley.getSnapshot().conversations ?? []).map((one) => ({ ...one, other: { ...one.other, username: '', deleted: true } })),
  });
  renderPage(parley);
  await openConversationWith('Deleted account');
  expect(screen.getByRole('log', { name: 'Conversation with Deleted account' }).textContent).toContain('goodbye');
  expect(screen.queryByLabelText('Message')).toBeNull();
});

test('Back leads to the list, and leaves no way in behind', async () => {
  await open();
  await click(screen.getByRole('button', { name: 'Back' }));
  await screen.findByRole('heading', { name: 'Write to someone' });
  expect(screen.queryByRole('log')).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole('link', { name: /bob/ }));
});
