import { FakeCluster } from '../test/fake-cluster.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { VirtualClock } from '../test/virtual-clock.ts';
import { GrpcCode } from './failure.ts';

afterEach(closeAll);

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
