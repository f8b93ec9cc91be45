import { ChatServiceDefinition } from '@parley/proto/chat';
import { FakeCluster } from '../test/fake-cluster.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { VirtualClock } from '../test/virtual-clock.ts';
import { GrpcCode } from './failure.ts';
import { MemoryStorage } from './storages/memory.ts';

const { getCluster } = ChatServiceDefinition.methods;

afterEach(closeAll);

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
