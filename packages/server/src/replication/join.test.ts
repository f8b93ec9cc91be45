import type { JoinResponse } from '@parley/proto/replication';
import { pino } from 'pino';
import { VirtualTime } from '../../test/virtual-time.ts';
import type { CallContext } from '../grpc/handlers.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import { join, type Joining } from './join.ts';
import type { ReplicationLink } from './link.ts';
import { replicationHandlers } from './service.ts';

const log = pino({ level: 'silent' });
const no = () => Promise.reject(new Error('no'));
const identity = { replicaId: 'this', process: 1, address: 'this:1' };

/** What an empty replica does that is told of one other, which answers that it is empty too. */
async function joinBesideEmpty(given: Pick<Joining, 'wasDamaged' | 'isFirst'>): Promise<unknown> {
  const time = new VirtualTime();
  const store = new Store({ databases: openInMemory(), time });
  const empty: JoinResponse = { replicaId: 'other', process: 2, clusterId: '', empty: true, memberAddresses: [], changes: 0 };
  let isClosed = false;
  const connect = () => ({ replicate: no, pull: no, join: () => Promise.resolve(empty), relay: no, close: () => {} }) as unknown as ReplicationLink;
  const joined = join({ store, time, log, connect, identity, seeds: ['other:1'], ownClusterId: 'a new cluster', copyAbove: 100, isClosed: () => isClosed, ...given });
  await time.pass(20_000);
  isClosed = true;
  await time.pass(1000);
  store.close();
  return joined;
}

test('[Q1] a replica whose database was damaged begins no cluster with others that are empty, but where it is told to', async () => {
  expect(await joinBesideEmpty({ wasDamaged: false, isFirst: false })).toBe('a new cluster');
  expect(await joinBesideEmpty({ wasDamaged: true, isFirst: false })).toBeUndefined();
  expect(await joinBesideEmpty({ wasDamaged: true, isFirst: true })).toBe('a new cluster');
});

test('[Q1] ... and is not told to them as empty, so that they begin none either', async () => {
  const time = new VirtualTime();
  const store = new Store({ databases: openInMemory(), time });
  const ask = async (wasDamaged: boolean, clusterId: string | undefined) => {
    const handlers = replicationHandlers({ store, time, log, identity: () => identity, clusterId: () => clusterId, wasDamaged, memberAddresses: () => [], changes: () => 0, copies: undefined, verification: () => undefined, replication: () => undefined, onRelay: () => {} });
    return handlers.join({ replicaId: 'other', address: 'other:1' }, undefined as unknown as CallContext);
  };
  await expect(ask(false, undefined)).resolves.toMatchObject({ empty: true });
  await expect(ask(true, undefined)).rejects.toMatchObject({ reason: 'STARTING' });
  await expect(ask(true, 'the cluster')).resolves.toMatchObject({ empty: false });
  store.close();
});
