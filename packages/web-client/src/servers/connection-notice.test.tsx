import { act, fireEvent, screen } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { renderPage, settle } from '../testing/render-page.tsx';

const BAR = /Can't reach any server\. Your messages are saved on this device and will be sent automatically\./;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function start(): MemoryParley {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  renderPage(parley);
  return parley;
}

function lose(parley: MemoryParley, lastContactAt: number | undefined = Date.now()): void {
  act(() => parley.set({ connection: { status: 'reconnecting', since: Date.now(), lastContactAt } }));
}
const regain = (parley: MemoryParley): void => act(() => parley.set({ connection: { status: 'live' } }));
const pass = (ms: number): Promise<void> => settle(() => jest.advanceTimersByTime(ms));

test('a gap of less than a second passes without a word', async () => {
  const parley = start();
  lose(parley);
  await pass(999);
  expect(screen.queryByText('Reconnecting…')).toBeNull();
  regain(parley);
  await pass(5_000);
  expect(screen.queryByText('Back online')).toBeNull();
});

test('from one second on a pill, from three on a bar with the last contact, then ‘Back online’ for two', async () => {
  const parley = start();
  const lastContactAt = new Date(2026, 0, 5, 14, 2, 11).getTime();
  lose(parley, lastContactAt);
  await pass(1_000);
  expect(screen.getByText('Reconnecting…')).toBeTruthy();
  await pass(1_999);
  expect(screen.queryByText(BAR)).toBeNull();
  await pass(1);
  expect(screen.getByText(BAR).textContent).toMatch(/Last contact .*02:11/);
  expect(screen.queryByText('Reconnecting…')).toBeNull();
  regain(parley);
  expect(screen.getByText('Back online')).toBeTruthy();
  await pass(1_999);
  expect(screen.getByText('Back online')).toBeTruthy();
  await pass(1);
  expect(screen.queryByText('Back online')).toBeNull();
});

test('‘Try now’ tries at once', async () => {
  const parley = start();
  lose(parley);
  await pass(3_000);
  fireEvent.click(screen.getByRole('button', { name: 'Try now' }));
  expect(parley.calls).toContainEqual(['nudge']);
});

test('no last contact is made up', () => {
  const parley = start();
  act(() => parley.set({ connection: { status: 'reconnecting', since: Date.now() - 3_000, lastContactAt: undefined } }));
  expect(screen.getByText(BAR).textContent).not.toContain('Last contact');
});

test('a second loss while ‘Back online’ shows begins again with silence', async () => {
  const parley = start();
  lose(parley);
  await pass(1_500);
  regain(parley);
  lose(parley);
  expect(screen.queryByText('Back online')).toBeNull();
  await pass(999);
  expect(screen.queryByText('Reconnecting…')).toBeNull();
  await pass(1);
  expect(screen.getByText('Reconnecting…')).toBeTruthy();
});

test('signing out during an outage ends the notice, and coming back is no news', async () => {
  const parley = start();
  lose(parley);
  await pass(4_000);
  act(() => parley.set({ session: { status: 'signed-out', reason: undefined }, connection: { status: 'idle' } }));
  expect(screen.queryByText(BAR)).toBeNull();
  regain(parley);
  expect(screen.queryByText('Back online')).toBeNull();
});
