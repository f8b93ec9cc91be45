import { ChangeKind, HiddenSet, type PullResponse, type Report } from '@parley/proto/replication';
import { VirtualTime } from '../../test/virtual-time.ts';
import type { VectorEntry } from '../stamp/version-vector.ts';
import { encodeChange } from '../store/change.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import type { ReplicationLink } from './link.ts';
import { Peer } from './peer.ts';
import { Puller } from './pull.ts';
import { Receiver } from './receive.ts';

const no = () => Promise.reject(new Error('no'));
const link: ReplicationLink = { replicate: no, pull: no, join: no, readHashes: no, relay: no, remove: no, readCopy: no, verify: no, close: () => {} };
const wanted = encodeChange({ origin: 33, seq: 1, hlc: 1 }, { kind: ChangeKind.CHANGE_KIND_HIDDEN_SET, key: 'a/b/c', payload: HiddenSet.encode({ hidden: true }).finish() }, undefined, []);
const entry: VectorEntry = { origin: 33, seq: 1, hash: wanted.hash };

describe('pulling', () => {
  let time: VirtualTime;
  let store: Store;
  let receiver: Receiver;
  let near: Peer;
  let far: Peer;
  let calls: string[];
  let answer: Record<string, () => Promise<PullResponse>>;
  let puller: Puller;

  const report = (peer: Peer, origin: number, entries: VectorEntry[]) => {
    const whole: Report = { replicaId: peer.replicaId, process: origin, origin, version: peer.version + 1, since: 0, entries, hlc: 1, knownProcess: 0, knownVersion: 0, draining: false, address: '', clusterId: '', wallMs: 0 };
    peer.take(whole, 1, (known) => store.covers(known));
    puller.consider();
  };
  const page = (): Promise<PullResponse> => Promise.resolve({ report: undefined, changes: [wanted.change], more: false });

  beforeEach(() => {
    time = new VirtualTime();
    store = new Store({ databases: openInMemory(), time, schedule: (flush) => flush() });
    [near, far] = [new Peer('near', 'near:1', link, time, undefined), new Peer('far', 'far:1', link, time, undefined)];
    near.measured(1);
    far.measured(100);
    calls = [];
    answer = { near: page, far: page };
    receiver = new Receiver(store, () => {});
    puller = new Puller(store, receiver, time, {
      peers: () => [near, far],
      call: (peer) => {
        calls.push(peer.replicaId);
        return answer[peer.replicaId]?.() ?? no();
      },
      answered: () => {},
      failed: (peer) => peer.failed(),
      level: () => {},
    });
  });
  afterEach(() => {
    puller.close();
    store.close();
  });

  test('what comes by itself within 50 ms is not pulled', async () => {
    report(near, 33, [entry]);
    await time.pass(40);
    await store.write((tx) => tx.apply(wanted));
    await time.pass(1000);
    expect(calls).toEqual([]);
  });

  test('what does not come is pulled from the nearest that has it; at once when its writer is not there', async () => {
    report(near, 22, [entry]);
    report(far, 44, [entry]);
    await time.pass(0);
    expect([calls, store.vector.seq(33)]).toEqual([['near'], 1]);
  });

  test('where that fails, the next one is asked at once', async () => {
    answer = { near: no, far: page };
    report(near, 22, [entry]);
    report(far, 44, [entry]);
    await time.pass(10);
    expect([calls, store.vector.seq(33)]).toEqual([['near', 'far'], 1]);
  });

  test('one that hangs holds up the others for two seconds only', async () => {
    answer = { near: () => new Promise(() => {}), far: page };
    report(near, 22, [entry]);
    report(far, 44, [entry]);
    await time.pass(1900);
    expect(store.vector.seq(33)).toBe(0);
    report(far, 44, [entry]);
    await time.pass(200);
    expect([calls, store.vector.seq(33)]).toEqual([['near', 'far'], 1]);
  });

  test('one that does not answer any more is not asked', async () => {
    answer = { near: no, far: no };
    report(near, 22, [entry]);
    await time.pass(10_000);
    const asked = calls.length;
    puller.consider();
    await time.pass(10_000);
    expect(calls.length).toBe(asked);
  });

  test('what waits in a queue for what nobody has is let go, and is taken when it comes again with that', async () => {
    const next = encodeChange({ origin: 33, seq: 2, hlc: 2 }, { kind: ChangeKind.CHANGE_KIND_HIDDEN_SET, key: 'a/b/c', payload: HiddenSet.encode({ hidden: false }).finish() }, wanted.hash, []);
    await receiver.receive([next.change]);
    // Its writer has more than is here: that may still bring it.
    answer = { near: no, far: no };
    report(near, 33, [entry]);
    for (let i = 0; i < 3; i++) puller.tick();
    expect(receiver.waiting()).toEqual([{ origin: 33, seqs: [2], lacking: [] }]);
    // Its disk burnt, and it has told so.
    near.forget();
    report(near, 44, []);
    puller.tick();
    expect(receiver.waiting()).toHaveLength(1);
    puller.tick();
    expect(receiver.waiting()).toEqual([]);
    await receiver.receive([wanted.change, next.change]);
    expect(store.vector.seq(33)).toBe(2);
  });
});
