import { ChangeKind, ReplicaRegistered } from '@parley/proto/replication';
import { pino } from 'pino';
import { VirtualTime } from '../../test/virtual-time.ts';
import { systemRandom } from '../random.ts';
import { nextHlc } from '../stamp/clock.ts';
import type { Stamp } from '../stamp/stamp.ts';
import { VersionVector } from '../stamp/version-vector.ts';
import { type ChangeRecord, encodeChange } from '../store/change.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import type { ReplicationLink } from './link.ts';
import { OwnRegistration } from './own-registration.ts';

const ID = 'a replica';
const ADDRESS = 'here:1';
const ME = { address: ADDRESS, publicUrl: 'http://here', name: 'here' };
const registered = ReplicaRegistered.encode(ME).finish();
const no = () => Promise.reject(new Error('not called'));
const link: ReplicationLink = { replicate: no, pull: no, join: no, readHashes: no, relay: no, remove: no, readCopy: no, verify: no, close: () => {} };
const LATER_HLC = 5_000_000_000_000_000;
const change = (origin: number, hlc: number, kind: ChangeKind): ChangeRecord =>
  encodeChange({ origin, seq: 1, hlc }, { kind, key: ID, payload: kind === ChangeKind.CHANGE_KIND_REPLICA_REGISTERED ? registered : new Uint8Array() }, undefined, []);

describe('what the log says of this replica', () => {
  let time: VirtualTime;
  let store: Store;
  let registration: OwnRegistration;
  let happened: string[];
  /** Which replica answers at an address. */
  let answering: Record<string, string>;
  /** The process there, and how its id was registered as far as it knows. */
  let registeredAs: Record<string, Stamp>;
  const removal = change(7, LATER_HLC, ChangeKind.CHANGE_KIND_REPLICA_REMOVED);
  const take = (record: ChangeRecord) => store.write((tx) => tx.apply(record));
  const isMember = () => store.queries.replicas.members().some(({ replicaId }) => replicaId === ID);

  beforeEach(async () => {
    time = new VirtualTime();
    store = new Store({ databases: openInMemory(), time, schedule: (flush) => flush() });
    happened = [];
    answering = { [ADDRESS]: ID };
    registeredAs = {};
    registration = make();
    await registration.register();
    registration.watch();
  });
  const make = () =>
    new OwnRegistration({
      store,
      time,
      log: pino({ level: 'silent' }),
      connect: (address) => ({ ...link, join: () => answering[address] === undefined ? no() : Promise.resolve({ replicaId: answering[address], process: address === ADDRESS ? 1 : 2, clusterId: '', empty: false, memberAddresses: [], changes: 0, registered: registeredAs[address] }) }),
      random: systemRandom,
      identity: () => ({ replicaId: ID, process: 1, address: ADDRESS }),
      name: ME.name,
      publicUrl: ME.publicUrl,
      onRemoved: () => happened.push('removed'),
      openAnew: () => happened.push('opened anew'),
    });
  afterEach(() => {
    registration.close();
    store.close();
  });

  test('[D1] removed while it ran it stays so; what members had when it started makes it a member again', async () => {
    await take(removal);
    await time.pass(0);
    expect([isMember(), registration.isRemoved, happened]).toEqual([true, false, []]);
    registration.started(new VersionVector());
    await take(change(8, LATER_HLC * 1.1, ChangeKind.CHANGE_KIND_REPLICA_REMOVED));
    await time.pass(0);
    expect([isMember(), registration.isRemoved, happened]).toEqual([false, true, ['removed']]);
  });

  describe('[D1] where no member answered when it started, the clocks tell', () => {
    const removedAt = (wallMs: number) => change(7, nextHlc(0, wallMs), ChangeKind.CHANGE_KIND_REPLICA_REMOVED);
    beforeEach(async () => {
      registration.close();
      await time.pass(60_000);
      registration = make();
      await registration.register();
      registration.watch();
      registration.started(undefined);
      await time.pass(60_000);
    });

    test('that it was removed before it started: it is a member again', async () => {
      await take(removedAt(time.wallMs() - 90_000));
      await time.pass(0);
      expect([isMember(), registration.isRemoved, happened]).toEqual([true, false, []]);
    });

    test('that it was removed while it ran: it stays so', async () => {
      await take(removedAt(time.wallMs() - 30_000));
      await time.pass(0);
      expect([isMember(), registration.isRemoved, happened]).toEqual([false, true, ['removed']]);
    });
  });

  test('[D1] where it cannot write that it is a member again, as on a full disk, it tries until it can', async () => {
    const write = store.write.bind(store);
    await take(removal);
    await time.pass(0);
    Object.assign(store, { write: () => Promise.reject(new Error('database or disk is full')) });
    await write((tx) => tx.apply(change(8, LATER_HLC * 1.1, ChangeKind.CHANGE_KIND_REPLICA_REMOVED)));
    await time.pass(6000);
    expect(isMember()).toBe(false);
    Object.assign(store, { write });
    await time.pass(6000);
    expect(isMember()).toBe(true);
  });

  test.each([
    ['its address', { [ADDRESS]: ID }, encodeChange({ origin: 9, seq: 1, hlc: LATER_HLC }, { kind: ChangeKind.CHANGE_KIND_REPLICA_REGISTERED, key: ID, payload: ReplicaRegistered.encode({ ...ME, address: 'earlier:1' }).finish() }, undefined, [])],
    ['that its address is its own, where nobody else answers', {}, encodeChange({ origin: 9, seq: 1, hlc: LATER_HLC }, { kind: ChangeKind.CHANGE_KIND_REPLICA_REGISTERED, key: 'another', payload: registered }, undefined, [])],
  ])('where it cannot write %s, it tries until it can, and then tells it once', async (_what, whoAnswers, other) => {
    const write = store.write.bind(store);
    const isRegisteredHere = () => isMember() && store.queries.replicas.registration(ID)?.address === ADDRESS;
    answering = whoAnswers;
    Object.assign(store, { write: () => Promise.reject(new Error('database or disk is full')) });
    await write((tx) => tx.apply(other));
    await time.pass(12_000);
    expect(isRegisteredHere()).toBe(false);
    Object.assign(store, { write });
    await time.pass(6000);
    expect(isRegisteredHere()).toBe(true);
    const { head } = store.log;
    await time.pass(20_000);
    expect(store.log.head).toBe(head);
  });

  describe('[O2] two processes with one id, both registered where they are: a copy was started while nobody answered where its file was registered', () => {
    const ELSEWHERE = 'elsewhere:1';
    const idInFile = () => store.getLocal('replica_id');
    const others = (later: number): Stamp => {
      const { hlc = 0, origin = 0, seq = 0 } = store.queries.replicas.registration(ID) ?? {};
      return { hlc: hlc + later, origin, seq };
    };
    beforeEach(() => {
      answering[ELSEWHERE] = ID;
    });

    test('the one that knows of the earlier registration takes a new id, in its file, and is opened anew', async () => {
      registeredAs[ELSEWHERE] = others(1);
      await registration.compareWithNamesake(ELSEWHERE);
      expect(idInFile()).toMatch(/^[a-z2-7]{26}$/);
      expect(happened).toEqual(['opened anew']);
    });

    test('the other one keeps it, and so does one whose namesake is of another id by now, or does not say', async () => {
      registeredAs[ELSEWHERE] = others(-1);
      await registration.compareWithNamesake(ELSEWHERE);
      await time.pass(6000);
      delete registeredAs[ELSEWHERE];
      await registration.compareWithNamesake(ELSEWHERE);
      await time.pass(6000);
      registeredAs[ELSEWHERE] = others(1);
      answering[ELSEWHERE] = 'somebody else';
      await registration.compareWithNamesake(ELSEWHERE);
      expect([idInFile(), happened]).toEqual([undefined, []]);
    });

    test('where the new id cannot be stored, as on a full disk, it is tried again', async () => {
      registeredAs[ELSEWHERE] = others(1);
      const setLocal = store.setLocal.bind(store);
      Object.assign(store, { setLocal: () => Promise.reject(new Error('database or disk is full')) });
      await registration.compareWithNamesake(ELSEWHERE);
      expect(happened).toEqual([]);
      Object.assign(store, { setLocal });
      await time.pass(6000);
      await registration.compareWithNamesake(ELSEWHERE);
      expect(happened).toEqual(['opened anew']);
    });
  });

  test('[D1] one that was removed and had registered again, which its disk had lost, is opened anew once that comes back: the others count it', async () => {
    registration.started(new VersionVector());
    await take(removal);
    expect([isMember(), registration.isRemoved]).toEqual([false, true]);
    store.onCommit(() => {
      expect(happened).toEqual(['removed']);
    });
    await take(change(9, LATER_HLC + 1, ChangeKind.CHANGE_KIND_REPLICA_REGISTERED));
    expect(isMember()).toBe(true);
    await time.pass(1);
    expect(happened).toEqual(['removed', 'opened anew']);
  });

  /** A rebuilt machine registered for the same address, later. */
  const rebuilt = encodeChange({ origin: 9, seq: 1, hlc: LATER_HLC }, { kind: ChangeKind.CHANGE_KIND_REPLICA_REGISTERED, key: 'the rebuilt one', payload: registered }, undefined, []);

  test('[D2] that its disk is the older one again, in the place of a rebuilt one: it is the member again, for it answers at the address', async () => {
    await take(rebuilt);
    expect(isMember()).toBe(false);
    await time.pass(1);
    expect(store.queries.replicas.members().map(({ replicaId }) => replicaId)).toEqual([ID]);
  });

  test('[D2] that another one has its address and answers there: it leaves it to that, and looks again', async () => {
    answering = { [ADDRESS]: 'the rebuilt one' };
    await take(rebuilt);
    const { head } = store.log;
    await time.pass(20_000);
    expect([isMember(), store.log.head]).toEqual([false, head]);
    answering = { [ADDRESS]: ID };
    registeredAs = {};
    await time.pass(5000);
    expect(isMember()).toBe(true);
  });
});
