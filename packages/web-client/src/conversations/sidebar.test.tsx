import { act, fireEvent, screen, within } from '@testing-library/react';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, conversationWith, openConversationWith, renderPage, type } from '../testing/render-page.tsx';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const pass = (ms: number): Promise<void> => act(() => jest.advanceTimersByTimeAsync(ms));
const names = (): readonly (string | null)[] =>
  within(screen.getByRole('navigation'))
    .queryAllByRole('link')
    .map((link) => link.querySelector('.item-name')?.textContent ?? null);

test('without conversations it says what to do, and lists everybody', () => {
  renderPage(MemoryParley.signedIn('alice', ['bob', 'carol']));
  expect(screen.getByText('bob: hello').closest('p')?.textContent).toBe('No conversations yet. Write to someone: bob: hello');
  expect(names()).toEqual(['bob', 'carol']);
});

test('somebody alone is told what to do', () => {
  renderPage(MemoryParley.signedIn('alice'));
  expect(screen.getByText(/Nobody else has an account yet/)).toBeTruthy();
});

test('conversations come first, with their newest message; everybody else below, nobody twice', () => {
  const parley = MemoryParley.signedIn('alice', ['bob', 'carol']);
  parley.put(conversationWith('carol'), { text: 'see you' });
  renderPage(parley);
  expect(names()).toEqual(['carol', 'bob']);
  expect(screen.getByText('see you')).toBeTruthy();
});

test('while conversations are loaded it shows a placeholder, but not at once', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.set({ conversations: undefined });
  renderPage(parley);
  expect(screen.queryByText('Loading…')).toBeNull();
  await pass(200);
  expect(screen.getByText('Loading…')).toBeTruthy();
  await pass(4_800);
  expect(screen.getByText('Still loading…')).toBeTruthy();
});

test('where no server answers it says what to expect, and that conversations come by themselves', async () => {
  const parley = MemoryParley.signedIn('alice');
  parley.set({ conversations: undefined, connection: { status: 'reconnecting', since: Date.now(), lastContactAt: undefined } });
  renderPage(parley);
  const words = (): HTMLElement | null => screen.queryByText('No server answers, so your conversations are not here yet. They come by themselves as soon as one does.');
  await pass(2_999);
  expect(words()).toBeNull();
  await pass(1);
  expect(words()).not.toBeNull();
  expect(screen.getByRole('button', { name: 'Try now' })).toBeTruthy();
  act(() => parley.set({ conversations: [], connection: { status: 'live' } }));
  expect(words()).toBeNull();
});

test('the search asks a server, once the typing pauses', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob', 'bobby', 'carol']);
  renderPage(parley);
  type('Search', 'b');
  type('Search', 'bobb');
  await pass(150);
  expect(parley.callsOf('searchAccounts')).toEqual([['bobb']]);
  expect(names()).toEqual(['bobby']);
  type('Search', 'zz');
  await pass(150);
  expect(screen.getByText('Nobody is called “zz”. Try fewer letters, or * for any.')).toBeTruthy();
  type('Search', '');
  expect(names()).toEqual(['bob', 'bobby', 'carol']);
});

test('without a server the search makes do with the accounts at hand', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob', 'carol']);
  parley.failures.set('searchAccounts', new MemoryFailure('No server answers.', 'UNREACHABLE'));
  renderPage(parley);
  type('Search', 'CA');
  await pass(1_000);
  expect(names()).toEqual(['carol']);
});

test('the open conversation is marked', async () => {
  renderPage(MemoryParley.signedIn('alice', ['bob', 'carol']));
  await openConversationWith('bob');
  expect(screen.getByRole('link', { current: 'page' }).textContent).toContain('bob');
});

test('with a modifier key the browser does what it always does with a link', () => {
  renderPage(MemoryParley.signedIn('alice', ['bob']));
  const link = screen.getByRole('link', { name: /bob/ });
  // Else jsdom would complain that it cannot open a window.
  link.addEventListener('click', (event) => event.preventDefault());
  fireEvent.click(link, { ctrlKey: true });
  expect(screen.queryByRole('log')).toBeNull();
  expect(link.getAttribute('href')).toBe('#conversation=with+account-bob');
});

test('a conversation in the address that is not there is told, and a narrow window leads from it to the list', async () => {
  renderPage(MemoryParley.signedIn('alice', ['bob']));
  act(() => {
    window.history.replaceState(null, '', '#conversation=gone');
    window.dispatchEvent(new PopStateEvent('popstate'));
  });
  expect(screen.getByText('This conversation is not here.')).toBeTruthy();
  await clickButton('Back');
  expect(screen.queryByText('This conversation is not here.')).toBeNull();
  expect(window.location.hash).toBe('');
});
