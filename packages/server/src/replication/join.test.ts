import type { JoinResponse, PullRequest, PullResponse } from '@parley/proto/replication';
import { pino } from 'pino';
import { VirtualTime } from '../../test/virtual-time.ts';
import type { CallContext } from '../grpc/handlers.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import { join, type Joining } from './join.ts';
import type { ReplicationLink } from './link.ts';
import { Peer } from './peer.ts';
import { replicationHandlers } from './service.ts';

const log = pino({ level: 'silent' });
const no = () => Promise.reject(new Error('no'));
const identity = { replicaId: 'this', process: 1, address: 'this:1' };

/** What an empty replica does that is told of one other, which answers that it is empty too. */
async function joinBesideEmpty(given: Pick<Joining, 'wasDamaged' | 'isFirst'>): Promise<unknown> {
  const time = new VirtualTime();
  const store = new Store({ databases: openInMemory(), time });
  const empty: JoinResponse = { replicaId: 'other', process: 2, clusterId: '', empty: true, memberAddresses: [], changes: 0, registered: undefined };
  let isClosed = false;
  const connect = () => ({ replicate: no, pull: no, join: () => Promise.resolve(empty), relay: no, close: () => {} }) as unknown as ReplicationLink;
  const joined = join({ store, time, log, connect, identity, takeNewId: no, seeds: ['other:1'], ownClusterId: 'a new cluster', copyAbove: 100, isClosed: () => isClosed, ...given });
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
    const handlers = replicationHandlers({ store, time, log, identity: () => identity, clusterId: () => clusterId, wasDamaged, memberAddresses: () => [], changes: () => 0, copies: undefined, verification: () => undefined, replication: () => undefined, onRelay: () => {}, onNamesake: () => {} });
    return handlers.join({ replicaId: 'other', address: 'other:1' }, undefined as unknown as CallContext);
  };
  await expect(ask(false, undefined)).resolves.toMatchObject({ empty: true });
  await expect(ask(true, undefined)).rejects.toMatchObject({ reason: 'STARTING' });
  await expect(ask(true, 'the cluster')).resolves.toMatchObject({ empty: false });
  store.close();
});

test('[J1] what a joiner reports while it copies counts as no version of its vector: the donor asks for all of it later', async () => {
  const time = new VirtualTime();
  const store = new Store({ databases: openInMemory(), time });
  const donor: JoinResponse = { replicaId: 'donor', process: 2, clusterId: 'the cluster', empty: false, memberAddresses: [], changes: 1, registered: undefined };
  const asked: PullRequest[] = [];
  const pull = (request: PullRequest): Promise<PullResponse> => {
    asked.push(request);
    return Promise.resolve({ report: { replicaId: 'donor', process: 2, origin: 0, version: 1, since: 0, entries: [], hlc: 1, knownProcess: 1, knownVersion: 0, draining: false, address: 'donor:1', clusterId: 'the cluster', wallMs: 0 }, changes: [], more: false });
  };
  const connect = () => ({ join: () => Promise.resolve(donor), pull, close: () => {} }) as unknown as ReplicationLink;
  await expect(join({ store, time, log, connect, identity, takeNewId: no, seeds: ['donor:1'], ownClusterId: '', isFirst: false, wasDamaged: false, copyAbove: 100, isClosed: () => false })).resolves.toBe('the cluster');
  const { report } = asked[0] ?? {};
  if (!report) throw new Error('nothing was pulled');
  const peer = new Peer('this', 'this:1', connect(), time, undefined);
  peer.take(report, 2, () => 'covered');
  expect(peer.version).toBe(0);
  store.close();
});

test('[O2] a joiner whose donor has its own id, as one of the two files is a copy, takes a new one and then copies', async () => {
  const time = new VirtualTime();
  const store = new Store({ databases: openInMemory(), time });
  const donor: JoinResponse = { replicaId: 'this', process: 2, clusterId: 'the cluster', empty: false, memberAddresses: [], changes: 1, registered: undefined };
  const pulledAs: (string | undefined)[] = [];
  const pull = ({ report }: PullRequest): Promise<PullResponse> => {
    pulledAs.push(report?.replicaId);
    return Promise.resolve({ report: { replicaId: 'this', process: 2, origin: 0, version: 1, since: 0, entries: [], hlc: 1, knownProcess: 1, knownVersion: 0, draining: false, address: 'donor:1', clusterId: 'the cluster', wallMs: 0 }, changes: [], more: false });
  };
  const connect = () => ({ join: () => Promise.resolve(donor), pull, close: () => {} }) as unknown as ReplicationLink;
  const takeNewId = () => Promise.resolve({ ...identity, replicaId: 'another' });
  const joined = join({ store, time, log, connect, identity, takeNewId, seeds: ['donor:1'], ownClusterId: '', isFirst: false, wasDamaged: false, copyAbove: 100, isClosed: () => false });
  await time.pass(2000);
  await expect(joined).resolves.toBe('the cluster');
  expect(pulledAs).toEqual(['another']);
  store.close();
});
