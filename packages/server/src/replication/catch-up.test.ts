import type { Report } from '@parley/proto/replication';
import { VirtualTime } from '../../test/virtual-time.ts';
import type { VectorEntry } from '../stamp/version-vector.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import { CatchUp } from './catch-up.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Coverage } from './coverage.ts';
import type { ReplicationLink } from './link.ts';
import { Peer } from './peer.ts';

const no = () => Promise.reject(new Error('not called'));
const link: ReplicationLink = { replicate: no, pull: no, join: no, readCopy: no, verify: no, readHashes: no, remove: no, relay: no, close: () => {} };
const BURNT: VectorEntry = { origin: 5, seq: 1, hash: new Uint8Array(16) };

describe('[N2] reaching what a client has seen', () => {
  let time: VirtualTime;
  let store: Store;
  let peer: Peer;
  let catchUp: CatchUp;
  let asked: number;
  let version = 0;

  const report = (...entries: VectorEntry[]) => {
    const whole: Report = { replicaId: 'b', process: 1, origin: 0, version: ++version, since: 0, entries, hlc: 1, knownProcess: 0, knownVersion: 0, draining: false, address: '', clusterId: '', wallMs: 0 };
    peer.take(whole, 9, (entry) => store.covers(entry));
    catchUp.heard();
  };
  const outcome = (promise: Promise<boolean>) => {
    const state: { value: boolean | 'waiting' } = { value: 'waiting' };
    void promise.then((value) => (state.value = value));
    return state;
  };

  beforeEach(() => {
    time = new VirtualTime();
    store = new Store({ databases: openInMemory(), time, schedule: (flush) => flush() });
    peer = new Peer('b', 'b:1', link, time, undefined);
    asked = 0;
    const membership = { peers: () => [peer], members: () => [peer].values() as Generator<Peer>, reportNow: () => void (asked += 1) };
    catchUp = new CatchUp({ store, time, membership, acks: new Acknowledgements({ time, ownId: 'a', members: () => [peer], isOwn: () => true, onDown: () => {} }), coverage: new Coverage(store, time), puller: { now: () => {} } });
  });
  afterEach(() => store.close());

  test('a replica that is alone does not wait for what nobody can bring', async () => {
    const reached = outcome(catchUp.reach([BURNT], 1000));
    await time.pass(0);
    expect(reached.value).toBe(false);
  });

  test('a peer that answers is asked, and waited for no longer than it takes', async () => {
    report();
    await time.pass(1);
    const reached = outcome(catchUp.reach([BURNT], 1000));
    await time.pass(5);
    expect([reached.value, asked]).toEqual(['waiting', 1]);
    report();
    await time.pass(0);
    expect(reached.value).toBe(false);
  });

  test('[N3] what every member lacks is lost; not so while one has not answered a call that was made since, or has forgotten what it told', async () => {
    await time.pass(10);
    report();
    peer.answeredCallOf = 9;
    expect(catchUp.isLost(BURNT, 10)).toBe(false);
    peer.answeredCallOf = 10;
    expect(catchUp.isLost(BURNT, 10)).toBe(true);
    peer.forget();
    expect(catchUp.isLost(BURNT, 10)).toBe(false);
    report(BURNT);
    expect(catchUp.isLost(BURNT, 10)).toBe(false);
    report();
    await time.pass(60_000);
    expect(catchUp.isLost({ ...BURNT, seq: 2 }, 10)).toBe(false);
  });

  test('what a peer says that it has is waited for', async () => {
    report();
    await time.pass(1);
    const reached = outcome(catchUp.reach([BURNT], 1000));
    report(BURNT);
    await time.pass(900);
    expect(reached.value).toBe('waiting');
    await time.pass(200);
    expect(reached.value).toBe(false);
  });
});
