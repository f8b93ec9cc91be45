import { ChatServiceDefinition, Replica_State } from '@parley/proto/chat';
import { FakeCluster } from '../test/fake-cluster.ts';
import { FakeRandom } from '../test/fake-random.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { VirtualClock } from '../test/virtual-clock.ts';
import type { ServerView } from './api.ts';
import { GrpcCode } from './failure.ts';

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
