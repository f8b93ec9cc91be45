import { ChatServiceDefinition } from '@parley/proto/chat';
import { BOB } from '../test/fake-cluster.ts';
import { connectionLost, type FakeServer, refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { getCluster, listAccounts, listMessages } = ChatServiceDefinition.methods;

afterEach(closeAll);

const unavailable = (reason: string) => (): never => {
  throw refusal(GrpcCode.UNAVAILABLE, reason);
};

/** Starts a call and tells what came of it. */
function track<T>(work: Promise<T>): { value: T | undefined; error: unknown; done: boolean } {
  const outcome: { value: T | undefined; error: unknown; done: boolean } = { value: undefined, error: undefined, done: false };
  work.then((value) => Object.assign(outcome, { value, done: true }), (error: unknown) => Object.assign(outcome, { error, done: true }));
  return outcome;
}

/** How often a server was asked for accounts. */
const asked = (server: FakeServer): number => server.requests(listAccounts).filter((request) => request.pattern === 'b').length;

describe('a call goes to the next server at once', () => {
  test.each([
    ['a dead server', (server: FakeServer) => server.kill(), 100],
    ['a server that starts', (server: FakeServer) => server.on(listAccounts, unavailable('STARTING')), 100],
    ['a server that drains', (server: FakeServer) => server.on(listAccounts, unavailable('DRAINING')), 100],
    ['a server where it is not', (server: FakeServer) => server.on(listAccounts, unavailable('NOT_HERE')), 100],
    ['a frozen server, after 1.5 s and four round trips', (server: FakeServer) => server.freeze(), 1_700],
  ])('from %s', async (_what, breakIt, withinMs) => {
    const fixture = await new Fixture().signIn();
    const first = fixture.inUse;
    breakIt(first);
    const outcome = track(fixture.client.searchAccounts('b'));
    expect(await fixture.clock.until(() => outcome.done)).toBeLessThan(withinMs);
    expect(outcome.value).toContainEqual(BOB);
    expect(asked(first)).toBe(first.state === 'up' ? 1 : 0);
  });
});

test('a server where only this one thing is not stays in use', async () => {
  const fixture = await new Fixture().signIn();
  const first = fixture.inUse;
  first.on(listAccounts, unavailable('NOT_HERE'));
  await Promise.all([fixture.client.searchAccounts('b'), fixture.clock.advance(100)]);
  expect(fixture.inUse).toBe(first);
  expect(fixture.snapshot.moves).toEqual([]);
  expect(fixture.snapshot.servers.find((server) => server.inUse)?.health).toBe('live');
});

test('a server that drains is left, and is not called dead', async () => {
  const fixture = await new Fixture().signIn();
  const first = fixture.inUse;
  first.on(listAccounts, unavailable('DRAINING'));
  await Promise.all([fixture.client.searchAccounts('b'), fixture.clock.advance(100)]);
  expect(fixture.inUse).not.toBe(first);
  expect(fixture.snapshot.servers.find((server) => server.url === first.address)?.health).toBe('draining');
});

test('a call on a stopped server moves the stream too', async () => {
  const fixture = await new Fixture().signIn();
  fixture.inUse.freeze();
  await Promise.all([fixture.client.searchAccounts('b'), fixture.clock.advance(2_000)]);
  expect(fixture.cluster.at(fixture.inUse.address).openStreams()).toHaveLength(1);
  expect(fixture.streams).toHaveLength(1);
});

test('after 10 s in which no server answers a call fails, in words', async () => {
  const fixture = await new Fixture().signIn();
  for (const server of fixture.cluster.servers) server.kill();
  const outcome = track(fixture.client.searchAccounts('b'));
  const took = await fixture.clock.until(() => outcome.done);
  expect(took).toBeGreaterThanOrEqual(10_000);
  expect(took).toBeLessThan(10_100);
  expect(outcome.error).toMatchObject({ reason: 'UNREACHABLE', message: expect.stringContaining('try again') });
});

test('a call that waits for all servers goes on as soon as one answers', async () => {
  const fixture = await new Fixture().signIn();
  for (const server of fixture.cluster.servers) server.kill();
  const outcome = track(fixture.client.searchAccounts('b'));
  await fixture.clock.advance(8_000);
  expect(outcome.done).toBe(false);
  fixture.cluster.server(2).revive();
  fixture.client.nudge();
  expect(await fixture.clock.until(() => outcome.done)).toBeLessThan(100);
  expect(outcome.value).toContainEqual(BOB);
});

test('a dead server is not asked again before its backoff is over, nor more often than once a poll', async () => {
  const fixture = new Fixture();
  fixture.random.next = 0.999;
  await fixture.signIn();
  const [dead] = fixture.others;
  if (!dead) throw new Error('there is no other server');
  dead.latencyMs = 0;
  dead.kill();
  let tries = 0;
  dead.on(getCluster, () => {
    tries += 1;
    throw connectionLost();
  });
  dead.state = 'up';
  await fixture.clock.advance(60_000);
  // A poll every 5 s, and a backoff that grows to 5 s.
  expect(tries).toBeLessThanOrEqual(12);
});

test('a refusal is not repeated', async () => {
  const fixture = await new Fixture().signIn();
  for (const server of fixture.cluster.servers) {
    server.on(listAccounts, () => {
      throw refusal(GrpcCode.RESOURCE_EXHAUSTED, 'TOO_MANY_ATTEMPTS', 'Wait a minute, then try again.');
    });
  }
  const outcome = track(fixture.client.searchAccounts('b'));
  await fixture.clock.advance(100);
  expect(outcome.error).toMatchObject({ reason: 'TOO_MANY_ATTEMPTS', message: 'Wait a minute, then try again.' });
  expect(fixture.cluster.servers.map(asked).reduce((sum, count) => sum + count)).toBe(1);
});

describe('a reply of a server that is behind', () => {
  const page = (fixture: Fixture, behind: boolean, text: string) => () => ({
    messages: [fixture.cluster.message({ messageId: 'm1', text })], more: false, seen: fixture.cluster.cursor(), behind,
  });

  test('is passed over for one that is not', async () => {
    const fixture = await new Fixture().signIn();
    const first = fixture.inUse;
    for (const server of fixture.cluster.servers) server.on(listMessages, page(fixture, server === first, server === first ? 'old' : 'new'));
    await Promise.all([fixture.client.openConversation('c'), fixture.clock.advance(100)]);
    expect(fixture.messages('c').map((message) => message.text)).toEqual(['new']);
    expect(fixture.inUse).toBe(first);
  });

  test('is used where none does better', async () => {
    const fixture = await new Fixture().signIn();
    for (const server of fixture.cluster.servers) server.on(listMessages, page(fixture, true, `from ${server.name}`));
    const first = fixture.inUse;
    await Promise.all([fixture.client.openConversation('c'), fixture.clock.advance(100)]);
    expect(fixture.messages('c').map((message) => message.text)).toEqual([`from ${first.name}`]);
    expect(fixture.cluster.servers.map((server) => server.requests(listMessages).length)).toEqual([1, 1, 1]);
  });

  test('takes nothing away', async () => {
    const fixture = await new Fixture().signIn();
    for (const server of fixture.cluster.servers) server.on(listMessages, page(fixture, false, 'kept'));
    await Promise.all([fixture.client.openConversation('c'), fixture.clock.advance(100)]);
    for (const server of fixture.cluster.servers) server.on(listMessages, () => ({ messages: [], more: false, seen: fixture.cluster.cursor(), behind: true }));
    await Promise.all([fixture.client.openConversation('c'), fixture.clock.advance(100)]);
    expect(fixture.messages('c').map((message) => message.text)).toEqual(['kept']);
  });
});

test('every call carries what replies have shown, and the highest `resume` of the stream', async () => {
  const fixture = await new Fixture().signIn();
  const names = (cursors: readonly Uint8Array[]): string[] => cursors.map((cursor) => new TextDecoder().decode(cursor));
  fixture.stream.send({ $case: 'heartbeat', value: { resume: new TextEncoder().encode('resume-9') } });
  const first = fixture.inUse;
  first.on(listAccounts, () => ({ accounts: [], nextPageToken: '', seen: new TextEncoder().encode('shown'), behind: false }));
  await Promise.all([fixture.client.searchAccounts('b'), fixture.clock.advance(10)]);
  await Promise.all([fixture.client.searchAccounts('b'), fixture.clock.advance(10)]);
  expect(names(first.requests(listAccounts).at(-1)?.seen ?? [])).toEqual(['resume-9', 'shown']);
});

test('a closed client ends its calls', async () => {
  const fixture = await new Fixture().signIn();
  fixture.inUse.freeze();
  const outcome = track(fixture.client.searchAccounts('b'));
  await fixture.clock.advance(10);
  await fixture.client.close();
  await fixture.clock.advance(0);
  expect(outcome.error).toMatchObject({ reason: 'CANCELLED' });
});
