import { act, screen, within } from '@testing-library/react';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { click, clickButton, renderPage, settle, type } from '../testing/render-page.tsx';
import { server } from '../testing/views.ts';

const items = (): readonly (string | null)[] =>
  within(screen.getByRole('complementary', { name: 'Servers' }))
    .getAllByRole('listitem')
    .map((item) => item.textContent);

const pass = (ms: number): Promise<void> => settle(() => jest.advanceTimersByTime(ms));

async function open(changes: Parameters<MemoryParley['set']>[0] = {}): Promise<MemoryParley> {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.set(changes);
  renderPage(parley);
  await clickButton('Servers');
  return parley;
}

test('each server has its state in words, its round trip and lag; the one in use is marked', async () => {
  await open({
    servers: [
      server('server1', { health: 'dead', lastSeenAt: Date.now() - 12_000 }),
      server('server2', { inUse: true, roundTripMs: 4.4, lagChanges: 0 }),
      server('server3', { health: 'suspect', roundTripMs: 610, lagChanges: 14, lagMs: 1_234, version: '0.2.0' }),
      server('server4', { health: 'draining', roundTripMs: 0.2, lagChanges: 1, lagMs: undefined }),
      server('server5', { health: 'unknown', roundTripMs: undefined, lagChanges: undefined, version: undefined }),
    ],
  });
  expect(items()).toEqual([
    'server1Deadlast seen 12 s agoserver1.exampleversion 0.1.0',
    'server2you are hereLive4 ms · up to dateserver2.exampleversion 0.1.0',
    'server3Suspect610 ms · lag 14 / 1.2 sserver3.exampleversion 0.2.0',
    'server4Draining1 ms · lag 1 changeserver4.exampleversion 0.1.0',
    'server5Not asked yetserver5.example',
  ]);
  expect(document.querySelectorAll('[aria-current=true]')).toHaveLength(1);
});

test('what an operator has to look at is said in a line of its own', async () => {
  await open({
    servers: [
      server('server1', { inUse: true }),
      server('server2', { alarms: ['clock'], clockOffsetMs: 12_300 }),
      server('server3', { alarms: ['clock', 'fork', 'tables'], clockOffsetMs: -5_400 }),
    ],
  });
  const [one, two, three] = items();
  expect(one).not.toContain('Clock');
  expect(two).toContain('Clock 12 s ahead of server1. Set the wrong one, best by NTP.');
  expect(three).toContain('Clock 5.4 s behind server1.');
  expect(three).toContain('Has another history');
  expect(three).toContain('parley-server rebuild');
});

test('the time since a dead server was seen counts on; one that never answered says so', async () => {
  jest.useFakeTimers();
  await open({
    servers: [server('server1', { health: 'dead', lastSeenAt: Date.now() - 58_000 }), server('server2', { health: 'dead', lastSeenAt: undefined })],
  });
  expect(items()[0]).toContain('last seen 58 s ago');
  expect(items()[1]).toContain('never answered');
  await pass(3_000);
  expect(items()[0]).toContain('last seen 1 min ago');
  jest.useRealTimers();
});

test('what a lag is gets explained where one is shown: not that of a dead server', async () => {
  const parley = await open({ servers: [server('server1'), server('server2', { lagChanges: 14, lagMs: 1_200 })] });
  expect(screen.getByText(/^Lag: /)).toBeTruthy();
  act(() => parley.set({ servers: [server('server1'), server('server2', { health: 'dead', lagChanges: 14, lagMs: 1_200 })] }));
  expect(screen.queryByText(/^Lag: /)).toBeNull();
});

test('a server that joins appears by itself', async () => {
  const parley = await open();
  act(() => parley.set({ servers: [...parley.getSnapshot().servers, server('server4')] }));
  expect(screen.getByText('server4')).toBeTruthy();
  expect(screen.getAllByText('4 of 4 servers live')).toHaveLength(2);
});

test('the last moves are told', async () => {
  await open({ moves: [{ at: new Date(2026, 0, 5, 14, 2, 11).getTime(), from: 'server1', to: 'server2', tookMs: 412, cause: 'silent' }, { at: new Date(2026, 0, 5, 14, 1, 0).getTime(), from: 'server2', to: 'server1', tookMs: 35, cause: 'aside' }] });
  expect(screen.getByText('server1 stopped answering; moved to server2 in 0.4 s')).toBeTruthy();
  expect(screen.getByText('server2 stepped aside; moved to server1 in 35 ms')).toBeTruthy();
});

test('a server is added by its address, and what was found is told', async () => {
  const parley = await open();
  await clickButton('Add server');
  type('Server address', ' http://server4.example:8084 ');
  await clickButton('Check and add');
  expect(parley.callsOf('addServer')).toEqual([['http://server4.example:8084']]);
  expect(screen.getByText('server4 · live · 12 ms')).toBeTruthy();
  expect(screen.getByLabelText('Server address')).toHaveProperty('value', '');
});

test('without an address it asks for one', async () => {
  const parley = await open();
  await clickButton('Add server');
  await clickButton('Check and add');
  const field = screen.getByLabelText('Server address');
  expect(document.activeElement).toBe(field);
  expect(screen.getByText('Type the address of a server of this cluster, then add it.')).toBeTruthy();
  expect(parley.callsOf('addServer')).toEqual([]);
});

test('what is refused is told in the server’s words, at the field, which keeps the address', async () => {
  const parley = await open();
  parley.failures.set(
    'addServer',
    new MemoryFailure('http://chat.example belongs to another Parley cluster. Open it itself to chat there.', 'OTHER_CLUSTER'),
  );
  await clickButton('Add server');
  type('Server address', 'chat.example');
  const button = screen.getByRole('button', { name: 'Check and add' });
  button.focus();
  await click(button);
  expect(document.activeElement).toBe(button);
  const field = screen.getByLabelText('Server address');
  expect(field).toHaveProperty('value', 'chat.example');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toContain('belongs to another Parley cluster');
});

test('the panel is left by its button too', async () => {
  await open();
  await clickButton('Servers');
  await screen.findByRole('button', { name: 'Servers', expanded: false });
});
