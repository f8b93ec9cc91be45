import { ChatServiceDefinition } from '@parley/proto/chat';
import { closeAll, Fixture } from '../test/fixture.ts';
import type { ServerView } from './api.ts';
import { CallError, GrpcCode } from './failure.ts';

const { getCluster } = ChatServiceDefinition.methods;

afterEach(closeAll);

const names = (fixture: Fixture): string[] => fixture.snapshot.servers.map((server) => server.name);

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
