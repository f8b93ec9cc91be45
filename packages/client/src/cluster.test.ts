import { ChatServiceDefinition, Replica_State } from '@parley/proto/chat';
import { FakeCluster } from '../test/fake-cluster.ts';
import { FakeRandom } from '../test/fake-random.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { VirtualClock } from '../test/virtual-clock.ts';
import type { ServerView } from './api.ts';
import { CallError, GrpcCode } from './failure.ts';
import { MemoryStorage } from './storages/memory.ts';

const { getCluster, listAccounts, logIn } = ChatServiceDefinition.methods;

afterEach(closeAll);

const names = (fixture: Fixture): string[] => fixture.snapshot.servers.map((server) => server.name);
const view = (fixture: Fixture, number: number): ServerView | undefined => fixture.snapshot.servers.find((server) => server.name === `server${number}`);

describe('at the first start', () => {
  test('all servers are asked, without a session, and shown with health and round trip', async () => {
    const fixture = new Fixture();
    fixture.cluster.server(2).latencyMs = 40;
    await fixture.clock.advance(100);
    expect(fixture.snapshot.session).toEqual({ status: 'signed-out', reason: undefined });
    expect(fixture.snapshot.connection).toEqual({ status: 'idle' });
    expect(fixture.snapshot.servers).toMatchObject([
      { name: 'server1', url: 'http://server1:8081', health: 'live', roundTripMs: 2, lagChanges: 0 },
      { name: 'server2', url: 'http://server2:8082', health: 'live', roundTripMs: 40, lagChanges: 0 },
      { name: 'server3', url: 'http://server3:8083', health: 'live', roundTripMs: 2, lagChanges: 0 },
    ]);
    expect(fixture.cluster.servers.flatMap((server) => server.calls).every((call) => call.token === undefined)).toBe(true);
  });

  test('the one that answers fastest is used', async () => {
    const clock = new VirtualClock();
    const cluster = new FakeCluster(clock);
    cluster.server(1).latencyMs = 90;
    cluster.server(3).latencyMs = 50;
    const fixture = await new Fixture({ clock, cluster }).signIn();
    expect(fixture.inUse).toBe(cluster.server(2));
  });

  test('among those that answer about equally fast chance decides', async () => {
    const chosen: string[] = [];
    for (const fraction of [0, 0.4, 0.99]) {
      const fixture = new Fixture();
      fixture.random.next = fraction;
      await fixture.signIn();
      chosen.push(fixture.inUse.name);
    }
    expect(chosen).toEqual(['server1', 'server2', 'server3']);
  });

  test.each([[120, 'server2'], [200, 'server1']] as const)('where the first answer takes 100 ms, one of %i ms counts as equal up to half again (%s)', async (latencyMs, expected) => {
    const clock = new VirtualClock();
    const cluster = new FakeCluster(clock, 2);
    cluster.server(1).latencyMs = 100;
    cluster.server(2).latencyMs = latencyMs;
    const fixture = new Fixture({ clock, cluster });
    fixture.random.next = 0.99;
    await clock.until(() => fixture.snapshot.servers.some(({ inUse }) => inUse));
    expect(fixture.inUse.name).toBe(expected);
  });

  test('without any server the client goes on asking', async () => {
    const clock = new VirtualClock();
    const cluster = new FakeCluster(clock);
    for (const server of cluster.servers) server.kill();
    const fixture = new Fixture({ clock, cluster });
    await clock.advance(60_000);
    expect(fixture.snapshot.servers.map((server) => server.health)).toEqual(['dead', 'dead', 'dead']);
    cluster.server(1).revive();
    await clock.advance(5_100);
    expect(view(fixture, 1)?.health).toBe('live');
  });
});

test('while nobody is signed in, a server that died is replaced at the next poll', async () => {
  const fixture = new Fixture();
  await fixture.clock.advance(100);
  const first = fixture.inUse;
  first.kill();
  await fixture.clock.advance(5_000);
  expect(fixture.inUse).not.toBe(first);
});

test('all servers that come back are shown as live after two polls', async () => {
  const fixture = await new Fixture().signIn();
  const others = fixture.others;
  for (const server of others) server.kill();
  await fixture.clock.advance(20_000);
  expect(fixture.snapshot.servers.filter(({ health }) => health === 'dead')).toHaveLength(2);
  for (const server of others) server.revive();
  await fixture.clock.advance(10_100);
  expect(fixture.snapshot.servers.map(({ health }) => health)).toEqual(['live', 'live', 'live']);
});

test('servers are learnt from one that is given, kept on this device, and used', async () => {
  const fixture = await new Fixture({ given: 1 }).signIn();
  expect(names(fixture)).toEqual(['server1', 'server2', 'server3']);
  await fixture.client.close();
  fixture.cluster.server(1).kill();
  const next = await fixture.again(1).live();
  expect(names(next)).toEqual(['server1', 'server2', 'server3']);
  expect(next.inUse).not.toBe(fixture.cluster.server(1));
});

test('a server that joins is known within 5 s, and used', async () => {
  const fixture = await new Fixture().signIn();
  const joined = fixture.cluster.add();
  await fixture.clock.advance(5_100);
  expect(names(fixture)).toContain('server4');
  for (const server of fixture.cluster.servers.slice(0, 3)) server.kill();
  await fixture.clock.advance(100);
  expect(fixture.inUse).toBe(joined);
  expect(fixture.snapshot.connection.status).toBe('live');
});

test('a learnt server that the cluster no longer lists is forgotten; a given one is not', async () => {
  const fixture = await new Fixture({ given: 2 }).signIn();
  expect(names(fixture)).toHaveLength(3);
  for (const server of fixture.cluster.servers) {
    server.on(getCluster, () => ({ clusterId: 'cluster-a', replicas: [fixture.cluster.server(1).replica(server)], serverVersion: '1', removedReplicaIds: [] }));
  }
  await fixture.clock.advance(11_000);
  expect(names(fixture)).toEqual(['server1', 'server2']);
});

test('an address that is another name of a known replica is not a second server', async () => {
  const fixture = await new Fixture({ given: 1 }).signIn();
  const server = fixture.cluster.server(1);
  server.on(getCluster, () => ({
    clusterId: 'cluster-a', replicas: fixture.cluster.replicasFor(server).map((replica) => (replica.self ? { ...replica, publicUrl: 'http://elsewhere:8081' } : replica)), serverVersion: '1', removedReplicaIds: [],
  }));
  await fixture.clock.advance(5_100);
  expect(fixture.snapshot.servers.map((each) => each.url)).toEqual(['http://server1:8081', 'http://server2:8082', 'http://server3:8083']);
});

describe('health', () => {
  test('is that which the server in use tells', async () => {
    const fixture = await new Fixture().signIn();
    const [other] = fixture.others;
    const server = fixture.inUse;
    server.on(getCluster, () => ({
      clusterId: 'cluster-a',
      replicas: fixture.cluster.replicasFor(server).map((replica) => (replica.name === other?.name ? { ...replica, state: Replica_State.STATE_SUSPECT, lagChanges: 14 } : replica)),
      serverVersion: '1', removedReplicaIds: [],
    }));
    await fixture.clock.advance(5_100);
    expect(fixture.snapshot.servers.find((each) => each.name === other?.name)).toMatchObject({ health: 'suspect', lagChanges: 14 });
  });

  test('of a server that died is dead, with the time when it was last seen', async () => {
    const fixture = await new Fixture().signIn();
    await fixture.clock.advance(20_000);
    const first = fixture.inUse;
    const diedAt = fixture.clock.now();
    first.kill();
    await fixture.clock.advance(100);
    const dead = fixture.snapshot.servers.find((server) => server.name === first.name);
    expect(dead).toMatchObject({ health: 'dead', inUse: false });
    expect(dead?.lastSeenAt).toBeGreaterThan(diedAt - 2_500);
    expect(dead?.lastSeenAt).toBeLessThanOrEqual(diedAt);
  });

  test('of a server that only this client cannot reach is suspect', async () => {
    const fixture = await new Fixture().signIn();
    const [other] = fixture.others;
    other?.kill();
    const server = fixture.inUse;
    server.on(getCluster, () => ({ clusterId: 'cluster-a', replicas: fixture.cluster.replicasFor(server).map((replica) => ({ ...replica, state: Replica_State.STATE_LIVE })), serverVersion: '1', removedReplicaIds: [] }));
    await fixture.clock.advance(30_000);
    expect(fixture.snapshot.servers.find((each) => each.name === other?.name)?.health).toBe('suspect');
  });
});

describe('moves', () => {
  test('are recorded with times, the newest first, at most 20', async () => {
    const fixture = await new Fixture().signIn();
    for (let turn = 0; turn < 25; turn++) {
      const server = fixture.inUse;
      server.kill();
      await fixture.clock.advance(100);
      server.revive();
      await fixture.clock.advance(20_000);
    }
    const { moves } = fixture.snapshot;
    expect(moves).toHaveLength(20);
    expect(moves[0]?.to).toBe(fixture.inUse.name);
    expect(moves[1]?.to).toBe(moves[0]?.from);
    expect(moves[0]?.at).toBeGreaterThan(moves[1]?.at ?? Infinity);
  });

  test('tell how long it took until the next server answered', async () => {
    const fixture = await new Fixture().signIn();
    for (const server of fixture.others) server.latencyMs = 300;
    fixture.inUse.kill();
    await fixture.clock.advance(1_000);
    expect(fixture.snapshot.moves[0]?.tookMs).toBeGreaterThanOrEqual(300);
    expect(fixture.snapshot.moves[0]?.tookMs).toBeLessThan(350);
  });

  test('say whether the server fell silent or stepped aside', async () => {
    const fixture = await new Fixture().signIn();
    fixture.inUse.kill();
    await fixture.clock.advance(1_000);
    expect(fixture.snapshot.moves[0]?.cause).toBe('silent');
    fixture.inUse.on(getCluster, () => {
      throw refusal(GrpcCode.UNAVAILABLE, 'DRAINING');
    });
    for (const stream of fixture.inUse.openStreams()) stream.end(refusal(GrpcCode.UNAVAILABLE, 'DRAINING'));
    await fixture.clock.advance(1_000);
    expect(fixture.snapshot.moves.map(({ cause }) => cause)).toEqual(['aside', 'silent']);
  });

  test('are kept on the device', async () => {
    const fixture = await new Fixture().signIn();
    fixture.inUse.kill();
    await fixture.clock.advance(1_000);
    const { moves } = fixture.snapshot;
    expect(moves).toHaveLength(1);
    const next = fixture.again();
    await fixture.clock.advance(100);
    expect(next.snapshot.moves).toEqual(moves);
  });

  test('what else storage holds in their place is passed over', async () => {
    const storage = new MemoryStorage();
    await storage.set('servers', JSON.stringify({ clusterId: 'cluster-a', moves: [{ at: 1, from: 'server1', to: 'server2', tookMs: 5 }, { at: 'soon' }, 7] }));
    const fixture = new Fixture({ storage });
    await fixture.clock.advance(100);
    expect(fixture.snapshot.moves).toEqual([{ at: 1, from: 'server1', to: 'server2', tookMs: 5, cause: 'silent' }]);
  });

  test('are none where the same server comes back', async () => {
    const clock = new VirtualClock();
    const fixture = await new Fixture({ clock, cluster: new FakeCluster(clock, 1) }).signIn();
    fixture.inUse.kill();
    await clock.advance(3_000);
    fixture.cluster.server(1).revive();
    await clock.advance(10_000);
    expect(fixture.snapshot.connection.status).toBe('live');
    expect(fixture.snapshot.moves).toEqual([]);
  });
});

describe('adding a server by hand', () => {
  async function add(fixture: Fixture, address: string): Promise<{ value?: ServerView; error?: unknown; tookMs: number }> {
    const started = fixture.clock.monotonic();
    const outcome: { value?: ServerView; error?: unknown; tookMs: number } = { tookMs: -1 };
    fixture.client.addServer(address).then((value) => Object.assign(outcome, { value }), (error: unknown) => Object.assign(outcome, { error })).finally(() => {
      outcome.tookMs = fixture.clock.monotonic() - started;
    });
    await fixture.clock.until(() => outcome.tookMs >= 0);
    return outcome;
  }

  /** A server that the cluster does not list: it registered no address for browsers. */
  async function unlisted(): Promise<Fixture> {
    const fixture = await new Fixture().signIn();
    const joined = fixture.cluster.add();
    fixture.cluster.replicasFor = (asker) => [...fixture.cluster.servers.slice(0, 3), ...(asker === joined ? [joined] : [])].map((server) => server.replica(asker));
    return fixture;
  }

  test('a server of this cluster: its view, and it stays', async () => {
    const fixture = await unlisted();
    const { value } = await add(fixture, 'server4:8084');
    expect(value).toMatchObject({ url: 'http://server4:8084', name: 'server4', health: 'live', roundTripMs: 2 });
    await fixture.clock.advance(60_000);
    expect(names(fixture)).toContain('server4');
    await fixture.client.close();
    const next = await fixture.again(3).live();
    expect(next.snapshot.servers.map((server) => server.url)).toContain('http://server4:8084');
  });

  test('the only one that answers is used at once', async () => {
    const fixture = await unlisted();
    fixture.random.next = 0.999;
    for (const server of fixture.cluster.servers.slice(0, 3)) server.kill();
    await fixture.clock.advance(60_000);
    await add(fixture, 'server4:8084');
    expect(await fixture.clock.until(() => fixture.snapshot.connection.status === 'live')).toBeLessThan(50);
    expect(fixture.inUse).toBe(fixture.cluster.server(4));
  });

  test('no session is sent before it is known to be of this cluster', async () => {
    const fixture = await unlisted();
    const server = fixture.cluster.server(4);
    server.clusterId = 'cluster-b';
    const { error } = await add(fixture, 'server4:8084');
    expect(error).toMatchObject({ reason: 'OTHER_CLUSTER', message: expect.stringContaining('another Parley cluster') });
    for (const other of fixture.cluster.servers.slice(0, 3)) other.kill();
    await fixture.clock.advance(20_000);
    expect(names(fixture)).not.toContain('server4');
    expect(server.calls.every((call) => call.token === undefined)).toBe(true);
    expect(server.streams).toEqual([]);
  });

  test.each([
    ['something that speaks no gRPC', new CallError(GrpcCode.UNAVAILABLE, 'html', { notGrpc: true })],
    ['a gRPC server of another kind', new CallError(GrpcCode.UNIMPLEMENTED, 'unknown service')],
  ])('%s is refused in words', async (_what, answer) => {
    const fixture = await unlisted();
    fixture.cluster.server(4).on(getCluster, () => {
      throw answer;
    });
    const { error } = await add(fixture, 'server4:8084');
    expect(error).toMatchObject({ reason: 'NOT_PARLEY', message: expect.stringContaining('not a Parley server') });
  });

  test('one that does not answer is refused in words, within 2 s', async () => {
    const fixture = await unlisted();
    fixture.cluster.server(4).freeze();
    const { error, tookMs } = await add(fixture, 'server4:8084');
    expect(error).toMatchObject({ reason: 'UNREACHABLE', message: expect.stringContaining('does not answer') });
    expect(tookMs).toBe(2_000 + 4 * 2);
    expect((await add(fixture, 'nowhere:1')).error).toMatchObject({ reason: 'UNREACHABLE' });
    expect(names(fixture)).toEqual(['server1', 'server2', 'server3']);
  });

  test('one at the end of a slow link has the time that the link takes', async () => {
    const fixture = await unlisted();
    for (const server of fixture.cluster.servers) server.latencyMs = 700;
    await fixture.clock.advance(60_000);
    const server = fixture.cluster.server(4);
    server.latencyMs = 2_800;
    server.on(getCluster, () => {
      throw new CallError(GrpcCode.UNAVAILABLE, 'html', { notGrpc: true });
    });
    expect((await add(fixture, 'server4:8084')).error).toMatchObject({ reason: 'NOT_PARLEY' });
  });

  test('what is no address is refused in words', async () => {
    const fixture = await unlisted();
    expect((await add(fixture, 'not an address')).error).toMatchObject({ reason: 'NOT_AN_ADDRESS' });
  });

  test('one that is known already is just shown', async () => {
    const fixture = await unlisted();
    expect((await add(fixture, 'http://server2:8082/')).value).toMatchObject({ name: 'server2' });
    expect(names(fixture)).toEqual(['server1', 'server2', 'server3']);
  });
});

describe('a server of another cluster', () => {
  test.each(['kill', 'drain'] as const)('that comes back at the address of one of this cluster (%s) gets no session', async (how) => {
    const fixture = await new Fixture().signIn();
    const first = fixture.inUse;
    if (how === 'drain') fixture.stream.end(refusal(GrpcCode.UNAVAILABLE, 'DRAINING'));
    else first.kill();
    await fixture.clock.until(() => fixture.allBut(first).some((server) => server.openStreams().length > 0));
    first.clusterId = 'cluster-b';
    first.revive();
    const before = first.calls.length;
    for (const server of fixture.allBut(first)) server.kill();
    fixture.client.nudge();
    void fixture.client.searchAccounts('b').catch(() => undefined);
    await fixture.clock.advance(30_000);
    const asked = first.calls.slice(before);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((call) => call.token !== undefined)).toEqual([]);
    expect(first.openStreams()).toEqual([]);
  });

  test('among the given ones gets no session and is not used', async () => {
    const clock = new VirtualClock();
    const cluster = new FakeCluster(clock);
    cluster.server(3).clusterId = 'cluster-b';
    cluster.server(3).latencyMs = 100;
    const fixture = await new Fixture({ clock, cluster }).signIn();
    for (const server of [cluster.server(1), cluster.server(2)]) server.kill();
    await clock.advance(30_000);
    expect(cluster.server(3).calls.every((call) => call.token === undefined)).toBe(true);
    expect(cluster.server(3).streams).toEqual([]);
    expect(cluster.server(3).calls).toHaveLength(1);
    expect(fixture.snapshot.connection.status).toBe('reconnecting');
  });

  test('behind all given addresses: the old session is over, and people can sign in to the new one', async () => {
    const fixture = await new Fixture().signIn();
    await fixture.client.close();
    for (const server of fixture.cluster.servers) server.clusterId = 'cluster-b';
    const next = fixture.again();
    await next.clock.advance(100);
    expect(next.snapshot.session).toMatchObject({ status: 'signed-out', reason: expect.stringContaining('another cluster') });
    await next.signIn();
    expect(next.snapshot.session.status).toBe('signed-in');
  });
});

describe('[Y4] servers that somebody told of, perhaps long ago', () => {
  /** Means server 1, and was told of server 2 too, which answers first. */
  function told(clusterOfSecond: string) {
    const clock = new VirtualClock();
    const cluster = new FakeCluster(clock, 2);
    cluster.server(2).clusterId = clusterOfSecond;
    cluster.server(1).latencyMs = 100;
    return { clock, cluster, given: 1, hints: [cluster.server(2).address] };
  }

  test('do not decide which cluster is meant, and get neither password nor session where they are of another one', async () => {
    const options = told('cluster-b');
    const fixture = await new Fixture(options).signIn();
    expect(fixture.inUse).toBe(options.cluster.server(1));
    // Nor at the next start, when the server that is meant is dead.
    options.cluster.server(1).kill();
    await fixture.client.close();
    const next = new Fixture({ ...options, storage: fixture.storage });
    next.client.logIn('alice', 'correct horse').catch(() => undefined);
    await next.clock.advance(15_000);
    expect(next.snapshot.session.status).toBe('signed-in');
    expect(options.cluster.server(2).calls.filter(({ method }) => method !== 'GetCluster')).toEqual([]);
  });

  test('serve where they are of the cluster that is meant', async () => {
    const options = told('cluster-a');
    const fixture = await new Fixture(options).signIn();
    options.cluster.server(1).kill();
    await fixture.clock.until(() => options.cluster.server(2).openStreams().length === 1);
    expect(fixture.inUse).toBe(options.cluster.server(2));
  });
});

test('a server that starts is passed over at sign-in', async () => {
  const fixture = new Fixture();
  await fixture.clock.advance(50);
  fixture.inUse.on(logIn, () => {
    throw refusal(GrpcCode.UNAVAILABLE, 'STARTING');
  });
  await fixture.signIn();
  expect(fixture.inUse.requests(listAccounts).length).toBeGreaterThan(0);
});

test('clients that began together have measured different other servers when theirs dies, so that they do not all rush to one', async () => {
  const clock = new VirtualClock();
  const cluster = new FakeCluster(clock, 3);
  const random = new FakeRandom();
  let state = 7;
  // Any sequence that is not constant: a linear congruential generator (Numerical Recipes).
  random.next = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
  const clients = Array.from({ length: 40 }, () => new Fixture({ clock, cluster, random, given: 1 }));
  await clock.advance(3_000);
  expect(clients.every(({ inUse }) => inUse === cluster.server(1))).toBe(true);
  const known = clients.flatMap(({ snapshot }) => snapshot.servers.filter(({ inUse, roundTripMs }) => !inUse && roundTripMs !== undefined).map(({ name }) => name));
  for (const name of ['server2', 'server3']) expect(known.filter((each) => each === name).length).toBeGreaterThan(10);
});
