import { ChatServiceDefinition, Replica } from '@parley/proto/chat';
import type { FakeServer } from '../test/fake-server.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { getCluster, listConversations } = ChatServiceDefinition.methods;

afterEach(closeAll);

const names = (fixture: Fixture): string[] => fixture.snapshot.servers.map((server) => server.name);

/** The removed server, as it serves from then on. */
function refuseAll(server: FakeServer): void {
  const refuse = (): never => {
    throw refusal(GrpcCode.UNAVAILABLE, 'DRAINING');
  };
  server.on(getCluster, refuse);
  server.on(listConversations, refuse);
  server.greet = (stream) => stream.end(refusal(GrpcCode.UNAVAILABLE, 'DRAINING'));
  for (const stream of server.openStreams()) stream.end(refusal(GrpcCode.UNAVAILABLE, 'DRAINING'));
}

function remove(fixture: Fixture, server: FakeServer): void {
  fixture.cluster.removedReplicaIds.push(server.replicaId);
  refuseAll(server);
}

test('a server that was removed is forgotten at once when the stream says so, though it was given', async () => {
  const fixture = await new Fixture().signIn();
  const [gone] = fixture.others;
  if (!gone) throw new Error('there is no other server');
  remove(fixture, gone);
  const update = { update: { $case: 'replica' as const, value: Replica.create({ replicaId: gone.replicaId, removed: true }) } };
  fixture.inUse.openStreams()[0]?.send({ $case: 'delta', value: { updates: [update], resume: fixture.cluster.cursor() } });
  await fixture.clock.advance(1);
  expect(names(fixture)).toHaveLength(2);
  expect(names(fixture)).not.toContain(gone.name);
  await fixture.clock.advance(60_000);
  expect(names(fixture)).not.toContain(gone.name);
});

test('one that was removed while this client was away is forgotten when a server is asked', async () => {
  const fixture = await new Fixture().signIn();
  const [gone] = fixture.others;
  if (!gone) throw new Error('there is no other server');
  remove(fixture, gone);
  await fixture.clock.advance(5_100);
  expect(names(fixture)).not.toContain(gone.name);
});

test('the one in use: the client moves on, says so, and forgets it', async () => {
  const fixture = await new Fixture().signIn();
  const gone = fixture.inUse;
  remove(fixture, gone);
  await fixture.clock.advance(11_000);
  expect(fixture.snapshot.connection).toEqual({ status: 'live' });
  expect(fixture.inUse).not.toBe(gone);
  expect(fixture.snapshot.moves).toMatchObject([{ from: gone.name, to: fixture.inUse.name, cause: 'aside' }]);
  expect(names(fixture)).not.toContain(gone.name);
});

test('those that were given are tried again when no other is to be had: they may be members again by then', async () => {
  const fixture = await new Fixture().signIn();
  const { others, inUse: last } = fixture;
  fixture.cluster.removedReplicaIds.push(...others.map(({ replicaId }) => replicaId));
  await fixture.clock.advance(5_100);
  expect(names(fixture)).toEqual([last.name]);
  fixture.cluster.removedReplicaIds.splice(0, Infinity, last.replicaId);
  refuseAll(last);
  await fixture.clock.advance(11_000);
  expect(fixture.snapshot.connection).toEqual({ status: 'live' });
  expect(names(fixture).sort()).toEqual(others.map(({ name }) => name).sort());
});
