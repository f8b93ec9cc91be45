import { ChangeKind, HiddenSet, type Report } from '@parley/proto/replication';
import { pino } from 'pino';
import { VirtualTime } from '../../test/virtual-time.ts';
import type { VectorEntry } from '../stamp/version-vector.ts';
import { type ChangeRecord, encodeChange } from '../store/change.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import type { ReplicationLink } from './link.ts';
import { HEARTBEAT_MS, Peer } from './peer.ts';
import { Receiver } from './receive.ts';
import { Waivers } from './waivers.ts';

const no = () => Promise.reject(new Error('not called'));
const link: ReplicationLink = { replicate: no, pull: no, join: no, readHashes: no, relay: no, remove: no, readCopy: no, verify: no, close: () => {} };
const payload = HiddenSet.encode({ hidden: true }).finish();
const change = (origin: number, seq: number, key: string, previous?: ChangeRecord, dependsOn: VectorEntry[] = []) =>
  encodeChange({ origin, seq, hlc: seq }, { kind: ChangeKind.CHANGE_KIND_HIDDEN_SET, key: `a/b/${key}`, payload }, previous?.hash, dependsOn);
const entryOf = ({ header, hash }: ChangeRecord): VectorEntry => ({ origin: header.origin, seq: header.seq, hash });

describe('[C2] a dependency that nobody has', () => {
  let time: VirtualTime;
  let store: Store;
  let receiver: Receiver;
  let waivers: Waivers;
  let peers: Peer[];
  let version = 0;
  const CUT = change(1, 5, 'cut');
  const blocked = change(2, 1, 'blocked', undefined, [entryOf(CUT)]);

  const report = (peer: Peer, ...entries: VectorEntry[]) => {
    const whole: Report = { replicaId: peer.replicaId, process: 1, origin: 0, version: ++version, since: 0, entries, hlc: 1, knownProcess: 0, knownVersion: 0, draining: false, address: '', clusterId: '', wallMs: 0 };
    peer.take(whole, 9, (entry) => store.covers(entry));
  };
  const pass = async (seconds: number, reports: () => void) => {
    for (let i = 0; i < seconds; i++) {
      reports();
      waivers.look();
      await time.pass(HEARTBEAT_MS);
    }
    waivers.look();
    await time.pass(0);
  };

  beforeEach(async () => {
    time = new VirtualTime();
    store = new Store({ databases: openInMemory(), time, schedule: (flush) => flush() });
    receiver = new Receiver(store, () => {});
    peers = ['b', 'c'].map((name) => new Peer(name, `${name}:1`, link, time, undefined));
    waivers = new Waivers(store, receiver, time, pino({ level: 'silent' }), () => peers);
    await receiver.receive([blocked.change]);
  });
  afterEach(() => store.close());

  test('is waived where a member is silent at whose address another replica answers: that this one is in its place may be what waits', async () => {
    const [b, c] = peers as [Peer, Peer];
    await pass(40, () => report(b));
    expect(store.vector.seq(2)).toBe(0);
    c.isReplaced = true;
    await pass(31, () => report(b));
    expect(store.vector.seq(2)).toBe(1);
  });

  test('is waited for again once such a member is heard', async () => {
    const [b, c] = peers as [Peer, Peer];
    c.isReplaced = true;
    await pass(20, () => report(b));
    report(c, entryOf(CUT));
    await pass(20, () => report(b));
    expect([c.isReplaced, store.vector.seq(2)]).toEqual([false, 0]);
  });

  test('is waived when every member has answered for 30 s to lack it', async () => {
    await pass(29, () => peers.forEach((peer) => report(peer)));
    expect(store.vector.seq(2)).toBe(0);
    await pass(2, () => peers.forEach((peer) => report(peer)));
    expect(store.vector.seq(2)).toBe(1);
  });

  test('is waived after 30 s also where the change that waits was dropped meanwhile, and came again', async () => {
    for (let i = 0; i < 6; i++) {
      await pass(4, () => peers.forEach((peer) => report(peer)));
      receiver.dropStuck();
      receiver.dropStuck();
      expect(receiver.blocked()).toEqual([]);
      await pass(1, () => peers.forEach((peer) => report(peer)));
      await receiver.receive([blocked.change]);
    }
    await pass(1, () => peers.forEach((peer) => report(peer)));
    expect(store.vector.seq(2)).toBe(1);
  });

  test('is waited for while a member does not answer', async () => {
    await pass(60, () => peers.slice(0, 1).forEach((peer) => report(peer)));
    expect(store.vector.seq(2)).toBe(0);
  });

  test('is waited for while a member has it, or has another history of its origin', async () => {
    await pass(60, () => peers.forEach((peer, i) => report(peer, ...(i === 0 ? [entryOf(CUT)] : []))));
    expect(store.vector.seq(2)).toBe(0);
    peers.forEach((peer) => report(peer));
    peers[0]?.forked.add(1);
    await pass(60, () => peers.slice(1).forEach((peer) => report(peer)));
    expect(store.vector.seq(2)).toBe(0);
  });

  test('the 30 s begin anew when a member comes that has it', async () => {
    await pass(20, () => peers.forEach((peer) => report(peer)));
    await pass(1, () => peers.forEach((peer, i) => report(peer, ...(i === 0 ? [entryOf(CUT)] : []))));
    await pass(20, () => peers.forEach((peer) => report(peer)));
    expect(store.vector.seq(2)).toBe(0);
  });

  test('where another change stands in its place, members without a fork lack it too', async () => {
    let last: ChangeRecord | undefined;
    const others = Array.from({ length: 6 }, (_, i) => (last = change(1, i + 1, 'other', last)));
    await receiver.receive(others.map((record) => record.change));
    const [head] = others.slice(-1);
    if (!head) throw new Error('no changes');
    await pass(31, () => peers.forEach((peer) => report(peer, entryOf(head))));
    expect(store.vector.seq(2)).toBe(1);
  });

  test('what was written in turn with a branch that was cut is waived together, not after 30 s each', async () => {
    let cut = CUT;
    let last = blocked;
    for (let i = 0; i < 5; i++) {
      cut = change(1, cut.header.seq + 1, 'cut', cut);
      last = change(2, last.header.seq + 1, 'blocked', last, [entryOf(cut)]);
      await receiver.receive([last.change]);
    }
    await pass(40, () => peers.forEach((peer) => report(peer)));
    expect(store.vector.seq(2)).toBe(6);
  });
});
