import { act, screen } from '@testing-library/react';
import type { Delivery } from '@parley/client/api';
import { MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, conversationWith, messages, openConversationWith, renderPage, settle, type } from '../testing/render-page.tsx';
import { account } from '../testing/views.ts';

const bob = conversationWith('bob');

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const pass = (ms: number): Promise<void> => settle(() => jest.advanceTimersByTime(ms));

/** Opens a conversation with one message of one's own, and returns how it is shown. */
async function show(
  delivery: Delivery | undefined,
): Promise<{ readonly parley: MemoryParley; readonly item: () => HTMLElement; readonly deliver: (next: Delivery) => void }> {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  const message = parley.put(bob, { mine: true, senderId: account('alice').accountId, text: 'hello', delivery });
  renderPage(parley);
  await openConversationWith('bob');
  const item = (): HTMLElement => {
    const [only] = messages();
    if (only === undefined) throw new Error('the message is not shown');
    return only;
  };
  return { parley, item, deliver: (next) => act(() => parley.deliver(message, next)) };
}

test('says nothing for 300 ms, then ‘Sending…’, and after 10 s that it goes on by itself', async () => {
  const { item } = await show({ status: 'sending', since: Date.now() });
  await pass(299);
  expect(item().textContent).not.toContain('Sending');
  await pass(1);
  expect(item().textContent).toContain('Sending…');
  await pass(9_700);
  expect(item().textContent).toContain('Still trying. It will be sent automatically.');
});

/** A message on these of three servers, of which those are all that are up, or not. */
const on = (servers: readonly string[], onAllUp: boolean): Delivery => ({ status: 'stored', stored: servers.length, replicas: 3, onAllUp, servers });

test('a ring fills with copies, and its tooltip names who has them; the tick comes when all servers that are up have it, not before, and names them', async () => {
  const { item, deliver } = await show(on(['server2'], false));
  expect(item().textContent).toContain('Stored on 1 of 3 servers');
  expect(screen.getByTitle('Stored on server2').textContent).toContain('Stored on server2');
  deliver(on(['server1', 'server2'], false));
  expect(item().textContent).toContain('Stored on 2 of 3 servers');
  expect(item().querySelector('.delivery-safe')).toBeNull();
  deliver(on(['server1', 'server2'], true));
  const tick = screen.getByTitle('Stored on all servers that are up: server1, server2');
  expect(tick.querySelector('.spoken-only')?.textContent).toBe('Stored on all servers that are up: server1, server2');
  expect(item().textContent).not.toContain('of 3 servers');
  deliver(on(['server1', 'server2', 'server3'], true));
  expect(screen.getByTitle('Stored on all servers that are up: server1, server2, server3')).toBeTruthy();
});

test('where a server does not tell which ones have it, the numbers are said', async () => {
  const { item, deliver } = await show({ status: 'stored', stored: 2, replicas: 3, onAllUp: false });
  expect(item().textContent).toContain('Stored on 2 of 3 servers');
  expect(item().querySelector('[title]:not(button)')).toBeNull();
  deliver({ status: 'stored', stored: 3, replicas: 3, onAllUp: true });
  expect(screen.getByTitle('Stored on 3 of 3 servers')).toBeTruthy();
});

test('a tick from before a reload stays, whatever the server knows that answers now', async () => {
  await show({ status: 'stored', stored: 1, replicas: 3, onAllUp: true });
  expect(screen.getByTitle('Stored on all servers that were up')).toBeTruthy();
});

test('one copy is all there can be in a cluster of one, and not enough in one of two', async () => {
  const { item, deliver } = await show({ status: 'stored', stored: 1, replicas: 2, onAllUp: false, servers: ['server1'] });
  expect(item().textContent).toContain('Stored on 1 of 2 servers');
  deliver({ status: 'stored', stored: 1, replicas: 1, onAllUp: true, servers: ['server1'] });
  expect(screen.getByTitle('Stored on all servers that are up: server1')).toBeTruthy();
});

test('a message that came from a server is ticked', async () => {
  await show(undefined);
  expect(screen.getByTitle('Stored')).toBeTruthy();
});

test('others’ messages have no such mark', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.put(bob, { text: 'hi' });
  renderPage(parley);
  await openConversationWith('bob');
  expect(screen.queryByTitle('Stored')).toBeNull();
});

describe('a message refused for good', () => {
  const refused: Delivery = { status: 'failed', reason: 'bob does not exist any more. Write to somebody else.', code: 'ACCOUNT_NOT_FOUND' };

  test('says why, and offers no deletion: no server has it', async () => {
    const { item } = await show(refused);
    expect(item().textContent).toContain('Not sent: bob does not exist any more.');
    expect(screen.queryByRole('button', { name: 'Actions' })).toBeNull();
  });

  test('Edit puts it back into the composer, above what is there', async () => {
    const { parley } = await show(refused);
    type('Message', 'a draft');
    await clickButton('Edit');
    const composer = screen.getByLabelText('Message');
    expect(composer).toHaveProperty('value', 'hello\na draft');
    expect(document.activeElement).toBe(composer);
    expect(parley.callsOf('discard')).toHaveLength(1);
    expect(messages()).toEqual([]);
  });

  test('where the other account is deleted there is no Edit: there is no composer', async () => {
    const { parley } = await show(refused);
    const [withBob] = parley.getSnapshot().conversations ?? [];
    if (withBob === undefined) throw new Error('the conversation is not there');
    act(() => parley.set({ accounts: [], conversations: [{ ...withBob, other: { ...withBob.other, username: '', deleted: true } }] }));
    expect(screen.queryByRole('button', { name: 'Edit' })).toBeNull();
    await clickButton('Discard');
    expect(messages()).toEqual([]);
  });

  test('Discard takes it away', async () => {
    await show(refused);
    await clickButton('Discard');
    expect(messages()).toEqual([]);
    expect(screen.getByLabelText('Message')).toHaveProperty('value', '');
  });
});
