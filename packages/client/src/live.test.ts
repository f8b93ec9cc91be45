import { ChatServiceDefinition } from '@parley/proto/chat';
import { BOB } from '../test/fake-cluster.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { getCluster } = ChatServiceDefinition.methods;

afterEach(closeAll);

const bytes = (name: string): Uint8Array => new TextEncoder().encode(name);
const text = (cursor: Uint8Array | undefined): string => new TextDecoder().decode(cursor);

/** All states of the connection that a page would see meanwhile. */
function record(fixture: Fixture): string[] {
  const seen: string[] = [];
  fixture.client.subscribe(() => {
    const { status } = fixture.snapshot.connection;
    if (seen.at(-1) !== status) seen.push(status);
  });
  return seen;
}

test('the connection is live once the stream has spoken', async () => {
  const fixture = new Fixture();
  for (const server of fixture.cluster.servers) server.greet = () => undefined;
  void fixture.client.logIn('alice', 'correct horse');
  await fixture.clock.until(() => fixture.streams.length === 1);
  await fixture.clock.advance(1_900);
  expect(fixture.snapshot.connection).toMatchObject({ status: 'reconnecting', lastContactAt: expect.any(Number) });
  await fixture.clock.advance(200);
  expect(fixture.snapshot.connection).toEqual({ status: 'live' });
});

describe('when its server dies', () => {
  test('the stream resumes on another one, well under a second later, without a sign-in', async () => {
    const fixture = await new Fixture().signIn();
    fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('r7') } });
    const states = record(fixture);
    const first = fixture.inUse;
    first.kill();
    expect(await fixture.clock.until(() => fixture.streams.length === 1)).toBeLessThan(50);
    expect(text(fixture.stream.request.resume)).toBe('r7');
    expect(fixture.stream.token).toBe('token');
    await fixture.clock.advance(2_000);
    expect(states).toEqual(['live']);
    expect(fixture.snapshot.moves).toMatchObject([{ from: first.name, to: fixture.inUse.name, at: expect.any(Number) }]);
    expect(fixture.snapshot.moves[0]?.tookMs).toBeLessThan(50);
  });

  test('people see nothing, also where the next stream is silent until its first heartbeat', async () => {
    const fixture = await new Fixture().signIn();
    const states = record(fixture);
    for (const server of fixture.others) server.greet = () => undefined;
    fixture.inUse.kill();
    await fixture.clock.advance(10_000);
    expect(fixture.snapshot.connection).toEqual({ status: 'live' });
    expect(states).toEqual(['live']);
  });

  test('a frozen one beside it does not hold the stream up', async () => {
    const fixture = await new Fixture().signIn();
    const [frozen, alive] = fixture.others;
    frozen?.freeze();
    fixture.inUse.kill();
    expect(await fixture.clock.until(() => fixture.streams.length === 1)).toBeLessThan(50);
    expect(fixture.inUse).toBe(alive);
  });

  test('nothing is lost or shown twice', async () => {
    const fixture = await new Fixture().signIn();
    await Promise.all([fixture.client.openConversation('c'), fixture.clock.advance(20)]);
    const [m1, m2, m3] = [1, 2, 3].map((number) => fixture.cluster.message({ text: `${number}`, unread: true }));
    const delta = (messages: (typeof m1)[], resume: string) => ({
      $case: 'delta' as const, value: { updates: messages.map((value) => ({ update: value && { $case: 'message' as const, value } })), resume: bytes(resume) },
    });
    fixture.stream.send(delta([m1], 'r1'));
    // The second one comes without its cursor: the server died while more was to follow.
    fixture.stream.send(delta([m2], ''));
    for (const server of fixture.others) {
      server.greet = (stream) => {
        expect(text(stream.request.resume)).toBe('r1');
        stream.send(delta([m2, m3], 'r3'));
      };
    }
    fixture.inUse.kill();
    await fixture.clock.until(() => fixture.streams.length === 1);
    await fixture.clock.advance(10);
    expect(fixture.messages('c').map((message) => message.text)).toEqual(['1', '2', '3']);
  });

  test('all of them: reconnecting after a second, with the time of the last contact, and live again when one is back', async () => {
    const fixture = await new Fixture().signIn();
    await fixture.clock.advance(10_000);
    const diedAt = fixture.clock.now();
    for (const server of fixture.cluster.servers) server.kill();
    await fixture.clock.advance(900);
    expect(fixture.snapshot.connection.status).toBe('live');
    await fixture.clock.advance(200);
    const { connection } = fixture.snapshot;
    expect(connection).toMatchObject({ status: 'reconnecting', since: diedAt });
    expect(connection.status === 'reconnecting' && connection.lastContactAt).toBeGreaterThan(diedAt - 6_000);
    // However long it takes: the stream never gives up, and finds a server within the longest backoff.
    await fixture.clock.advance(600_000);
    fixture.cluster.server(3).revive();
    expect(await fixture.clock.until(() => fixture.snapshot.connection.status === 'live')).toBeLessThan(5_200);
  });

  test('all of them: `nudge` tries again at once', async () => {
    const fixture = new Fixture();
    fixture.random.next = 0.999;
    await fixture.signIn();
    for (const server of fixture.cluster.servers) server.kill();
    await fixture.clock.advance(60_000);
    for (const server of fixture.cluster.servers) server.revive();
    fixture.client.nudge();
    expect(await fixture.clock.until(() => fixture.snapshot.connection.status === 'live')).toBeLessThan(50);
  });
});

describe('a stream without a word', () => {
  test('is dead after 6 s, and not before', async () => {
    const fixture = await new Fixture().signIn();
    const first = fixture.inUse;
    // Only the stream is stuck: calls are answered, as through a proxy that lost its upstream.
    const { stream } = fixture;
    const moved = fixture.clock.until(() => fixture.snapshot.moves.length > 0);
    stream.send = () => undefined;
    const took = await moved;
    expect(took).toBeGreaterThanOrEqual(5_900);
    expect(took).toBeLessThan(6_100);
    expect(fixture.inUse).not.toBe(first);
    expect(stream.open).toBe(false);
  });

  test('of a frozen server moves as well', async () => {
    const fixture = await new Fixture().signIn();
    const first = fixture.inUse;
    first.freeze();
    expect(await fixture.clock.until(() => fixture.snapshot.moves.length > 0)).toBeLessThan(7_000);
    await fixture.clock.advance(50);
    expect(fixture.inUse).not.toBe(first);
    expect(fixture.streams).toHaveLength(1);
  });

  test('lives on with heartbeats', async () => {
    const fixture = await new Fixture().signIn();
    const { stream } = fixture;
    await fixture.clock.advance(60_000);
    expect(fixture.stream).toBe(stream);
    expect(fixture.snapshot.moves).toEqual([]);
  });
});

describe('a stream that its server ends', () => {
  test('after minutes goes on there at once, and people see nothing', async () => {
    const fixture = await new Fixture().signIn();
    const first = fixture.inUse;
    const states = record(fixture);
    fixture.stream.end(refusal(GrpcCode.UNAVAILABLE, 'STREAM_ENDED'));
    expect(await fixture.clock.until(() => fixture.streams.length === 1)).toBeLessThan(10);
    await fixture.clock.advance(3_000);
    expect(fixture.inUse).toBe(first);
    expect(fixture.snapshot.moves).toEqual([]);
    expect(states).toEqual(['live']);
  });

  test('because it shuts down goes on at the next, and people see nothing', async () => {
    const fixture = await new Fixture().signIn();
    const first = fixture.inUse;
    const states = record(fixture);
    fixture.stream.end(refusal(GrpcCode.UNAVAILABLE, 'DRAINING'));
    await fixture.clock.until(() => fixture.streams.length === 1);
    await fixture.clock.advance(3_000);
    expect(fixture.inUse).not.toBe(first);
    expect(states).toEqual(['live']);
  });

  test('because the session is over signs out, with its reason', async () => {
    const fixture = await new Fixture().signIn();
    fixture.stream.end(refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID', 'Your password was changed. Sign in again.'));
    await fixture.clock.advance(100);
    expect(fixture.snapshot.session).toEqual({ status: 'signed-out', reason: 'Your password was changed. Sign in again.' });
    expect(fixture.snapshot.connection).toEqual({ status: 'idle' });
    expect(fixture.streams).toHaveLength(0);
  });

  test('at once and everywhere is not opened in a circle', async () => {
    const fixture = new Fixture();
    fixture.random.next = 0.999;
    for (const server of fixture.cluster.servers) server.greet = (stream) => stream.end(refusal(GrpcCode.RESOURCE_EXHAUSTED, 'TOO_MANY_STREAMS'));
    void fixture.client.logIn('alice', 'correct horse');
    await fixture.clock.advance(60_000);
    const opened = fixture.cluster.servers.reduce((sum, server) => sum + server.streams.length, 0);
    expect(opened).toBeLessThan(40);
    expect(opened).toBeGreaterThan(5);
  });
});

test('a stream that cannot start for want of what this client has seen goes to the next server, which is not called dead', async () => {
  const fixture = await new Fixture().signIn();
  const first = fixture.inUse;
  fixture.stream.end(refusal(GrpcCode.UNAVAILABLE, 'NOT_HERE'));
  await fixture.clock.advance(100);
  expect(fixture.inUse).not.toBe(first);
  expect(fixture.snapshot.servers.find((server) => server.url === first.address)?.health).toBe('suspect');
});

test('updates of the stream: accounts, conversations, joined servers', async () => {
  const fixture = await new Fixture().signIn();
  const carol = { accountId: 'carolcccccccccccccccccccc', username: 'carol', deleted: false };
  const joined = fixture.cluster.add();
  const conversation = { conversationId: 'c', others: [carol], lastMessage: fixture.cluster.message({ senderId: carol.accountId, unread: true }), unreadCount: 1 };
  fixture.stream.send({
    $case: 'delta',
    value: {
      updates: [
        { update: { $case: 'account', value: carol } },
        { update: { $case: 'conversation', value: conversation } },
        { update: { $case: 'replica', value: { ...joined.replica(fixture.inUse), state: 0 } } },
        { update: { $case: 'account', value: { ...BOB, username: '', deleted: true } } },
      ],
      resume: bytes('r'),
    },
  });
  await fixture.clock.advance(0);
  expect(fixture.snapshot.accounts).toEqual([carol]);
  expect(fixture.snapshot.conversations).toMatchObject([{ conversationId: 'c', other: carol, unreadCount: 1, lastMessage: { text: 'hello' } }]);
  expect(fixture.snapshot.servers.map((server) => server.name)).toContain(joined.name);
});

test('no stream gets the session before its server is known to be of this cluster', async () => {
  const fixture = await new Fixture().signIn();
  for (const server of fixture.cluster.servers) {
    const asked = server.calls.findIndex((call) => call.method === getCluster.name);
    const withToken = server.calls.findIndex((call) => call.token !== undefined);
    if (withToken >= 0) expect(asked).toBeLessThan(withToken);
    if (server.streams.length > 0) expect(asked).toBeGreaterThanOrEqual(0);
  }
});
