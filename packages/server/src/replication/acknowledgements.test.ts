import type { Report } from '@parley/proto/replication';
import { VirtualTime } from '../../test/virtual-time.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { countCopies } from './copies.ts';
import type { ReplicationLink } from './link.ts';
import { HEARTBEAT_MS, Peer } from './peer.ts';

const ORIGIN = 42;
const never = () => new Promise<never>(() => {});
const link: ReplicationLink = { replicate: never, pull: never, join: never, readHashes: never, relay: never, remove: never, readCopy: never, verify: never, close: () => {} };
const hash = new Uint8Array(16);

describe('when a write is acknowledged', () => {
  let time: VirtualTime;
  let peers: Peer[];
  let downs: string[];
  let acks: Acknowledgements;
  let version: number;

  const acknowledgements = (waitFor?: number) => new Acknowledgements({ time, ownId: 'a', members: () => peers, isOwn: () => true, onDown: (peer) => downs.push(peer.replicaId), waitFor });
  const report = (peer: Peer, seq: number, process = 1): void => {
    const entries = seq > 0 ? [{ origin: ORIGIN, seq, hash }] : [];
    const whole: Report = { replicaId: peer.replicaId, process, origin: 0, version: ++version, since: 0, entries, hlc: 1, knownProcess: 0, knownVersion: 0, draining: false, address: '', clusterId: '', wallMs: 0 };
    peer.take(whole, 9, () => 'covered');
    acks.settle();
  };
  const outcome = (promise: Promise<unknown>) => {
    const state: { value: unknown } = { value: 'waiting' };
    void promise.then((value) => (state.value = value));
    return state;
  };

  beforeEach(() => {
    time = new VirtualTime();
    version = 0;
    downs = [];
    peers = ['b', 'c'].map((name) => {
      const peer = new Peer(name, `${name}:1`, link, time, undefined);
      peer.member = true;
      peer.markUp();
      return peer;
    });
    acks = acknowledgements();
  });

  test('[A1] when each peer that is up has reported a vector that covers it', async () => {
    const [b, c] = peers as [Peer, Peer];
    const wait = outcome(acks.wait({ origin: ORIGIN, seq: 3 }, 5000));
    report(b, 3);
    report(c, 2);
    await time.pass(50);
    expect(wait.value).toBe('waiting');
    report(c, 4);
    await time.pass(0);
    expect(wait.value).toMatchObject({ stored: 3, replicas: 3 });
  });

  test('[A2] a peer that answers without covering it is down after its timeout; an outage costs one, not one for each write', async () => {
    const [b, c] = peers as [Peer, Peer];
    report(b, 9);
    const first = outcome(acks.wait({ origin: ORIGIN, seq: 1 }, 5000));
    await time.pass(150);
    report(c, 0);
    const second = outcome(acks.wait({ origin: ORIGIN, seq: 2 }, 5000));
    await time.pass(50);
    expect([first.value, second.value, downs]).toMatchObject([{ stored: 2, replicas: 3 }, { stored: 2, replicas: 3 }, ['c']]);
    const third = outcome(acks.wait({ origin: ORIGIN, seq: 3 }, 5000));
    await time.pass(0);
    expect(third.value).toMatchObject({ stored: 2, replicas: 3 });
  });

  test('[A3] the answer goes out before the caller’s deadline, with the copies by then', async () => {
    for (const peer of peers) peer.measured(700);
    const wait = outcome(acks.wait({ origin: ORIGIN, seq: 1 }, 1000));
    report(peers[0] as Peer, 1);
    await time.pass(999);
    expect(wait.value).toBe('waiting');
    await time.pass(1);
    expect(wait.value).toMatchObject({ stored: 2, replicas: 3 });
  });

  test('[A2] a peer that owes a write after its answer is down all the same, so that the next write does not wait for it', async () => {
    const [b, c] = peers as [Peer, Peer];
    for (const peer of peers) peer.measured(200);
    report(b, 9);
    const first = outcome(acks.wait({ origin: ORIGIN, seq: 1 }, 300));
    await time.pass(300);
    expect([first.value, c.up]).toMatchObject([{ stored: 2, replicas: 3 }, true]);
    await time.pass(500);
    expect(downs).toEqual(['c']);
    const second = outcome(acks.wait({ origin: ORIGIN, seq: 2 }, 300));
    await time.pass(0);
    expect(second.value).toMatchObject({ stored: 2, replicas: 3 });
  });

  test('[A8] with --wait-for the answer goes out at so many copies, and the rest follows', async () => {
    const [b, c] = peers as [Peer, Peer];
    acks = acknowledgements(2);
    for (const peer of peers) peer.measured(200);
    const first = outcome(acks.wait({ origin: ORIGIN, seq: 1 }, 5000));
    await time.pass(10);
    expect(first.value).toBe('waiting');
    report(b, 1);
    await time.pass(0);
    expect(first.value).toMatchObject({ stored: 2, replicas: 3 });
    await time.pass(500);
    report(c, 1);
    await time.pass(5000);
    expect([downs, acks.count({ origin: ORIGIN, seq: 1 })]).toMatchObject([[], { stored: 3, replicas: 3 }]);
  });

  test('[A8] --wait-for 1 answers at once; more than there are replicas waits for all that are up; everyone is everyone', async () => {
    const [b, c] = peers as [Peer, Peer];
    const with1 = acknowledgements(1);
    const alone = outcome(with1.wait({ origin: ORIGIN, seq: 1 }, 5000));
    const everyone = outcome(with1.wait({ origin: ORIGIN, seq: 1 }, 5000, true));
    const with9 = outcome(acknowledgements(9).wait({ origin: ORIGIN, seq: 1 }, 5000));
    await time.pass(0);
    expect([alone.value, everyone.value, with9.value]).toMatchObject([{ stored: 1, replicas: 3 }, 'waiting', 'waiting']);
    report(b, 1);
    await time.pass(200);
    expect([c.up, everyone.value, with9.value]).toMatchObject([false, { stored: 2, replicas: 3 }, { stored: 2, replicas: 3 }]);
  });

  test('[A4] each relapse doubles the way back, to 30 s; a minute without one is forgiven', async () => {
    const [b] = peers as [Peer, Peer];
    const waits: number[] = [];
    for (let relapse = 0; relapse < 7; relapse++) {
      b.markDown(undefined);
      let waited = 0;
      while (!b.markUp()) {
        await time.pass(HEARTBEAT_MS);
        waited += HEARTBEAT_MS;
      }
      waits.push(waited / 1000);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
    await time.pass(61_000);
    // As if it had never failed before.
    for (const wait of [1, 2, 4]) {
      b.markDown(undefined);
      await time.pass((wait - 0.1) * HEARTBEAT_MS);
      expect(b.markUp()).toBe(false);
      await time.pass(0.1 * HEARTBEAT_MS);
      expect(b.markUp()).toBe(true);
    }
  });

  /** Writes each 100 ms for five minutes; resolves to how many of them waited for somebody, and for how long the longest did. */
  const chat = async (onWrite: (seq: number) => void): Promise<{ waited: number; longestMs: number }> => {
    let waited = 0;
    let longestMs = 0;
    for (let seq = 1; seq <= 3000; seq++) {
      const since = time.monotonicMs();
      const waiting = acks.wait({ origin: ORIGIN, seq }, 5000).then(() => {
        const tookMs = time.monotonicMs() - since;
        if (tookMs > 0) waited++;
        longestMs = Math.max(longestMs, tookMs);
      });
      onWrite(seq);
      await time.pass(100);
      void waiting;
    }
    await time.pass(5000);
    return { waited, longestMs };
  };
  /** What a peer covered some time ago, told once a second, as its heartbeats tell it. */
  const heartbeats = (peer: Peer, covered: (seq: number) => number) => (seq: number) => {
    if (seq % 10 === 0) report(peer, covered(seq));
    // As Replication does with a report: it is up again when it covers what was committed a heartbeat ago.
    if (!peer.up && peer.covers({ origin: ORIGIN, seq: seq - 10 })) peer.markUp();
  };

  test('[A2] a peer with a full disk, or at the end of a link that brings nothing, costs one timeout', async () => {
    const [b, c] = peers as [Peer, Peer];
    const cost = await chat((seq) => {
      report(b, seq);
      heartbeats(c, () => 0)(seq);
    });
    // The write that found it out, and the one that came during its timeout.
    expect(cost).toEqual({ waited: 2, longestMs: 200 });
    expect(downs).toEqual(['c']);
  });

  test('[A4] a peer that is always late is tried again ever less often: 14 times in five minutes, at the price of a timeout each', async () => {
    const [b, c] = peers as [Peer, Peer];
    const cost = await chat((seq) => {
      report(b, seq);
      heartbeats(c, () => seq - 5)(seq);
    });
    expect(cost.longestMs).toBeLessThanOrEqual(200);
    // After 1, 2, 4, 8, 16 and then 30 s each; three writes come within a timeout.
    expect(downs).toHaveLength(14);
    expect(cost.waited).toBeLessThanOrEqual(3 * 14);
  });

  test('[A2] all that wait for a peer that goes down are released at once, with their true copies', async () => {
    const [b, c] = peers as [Peer, Peer];
    for (let i = 0; i < 20; i++) c.measured(700);
    const waits = [1, 2, 3].map((seq) => outcome(acks.wait({ origin: ORIGIN, seq }, 60_000)));
    report(b, 2);
    await time.pass(2000);
    expect(waits.map(({ value }) => value)).toEqual(['waiting', 'waiting', 'waiting']);
    // The third write costs b, which is near, its timeout; c is told down by its silence.
    expect(downs).toEqual(['b']);
    c.markDown(undefined);
    acks.settle();
    await time.pass(0);
    expect(waits.map(({ value }) => value)).toMatchObject([2, 2, 1].map((stored) => ({ stored, replicas: 3 })));
  });

  test('[A4] a peer that owes what was cut and written again is waited for again', async () => {
    const [b] = peers as [Peer, Peer];
    b.markDown({ origin: ORIGIN, seq: 7 });
    await time.pass(2000);
    expect(b.markUp()).toBe(false);
    b.forgive(ORIGIN);
    expect(b.markUp()).toBe(true);
  });

  test('[A5] of one process the latest report counts, not the highest; another process starts anew', () => {
    const [b] = peers as [Peer, Peer];
    report(b, 5);
    const late: Report = { replicaId: 'b', process: 1, origin: 0, version: 0, since: 0, entries: [{ origin: ORIGIN, seq: 9, hash }], hlc: 1, knownProcess: 0, knownVersion: 0, draining: false, address: '', clusterId: '', wallMs: 0 };
    b.take(late, 9, () => 'covered');
    expect(b.reported.seq(ORIGIN)).toBe(5);
    report(b, 2);
    expect(b.reported.seq(ORIGIN)).toBe(2);
    report(b, 0, 2);
    expect(b.reported.seq(ORIGIN)).toBe(0);
  });

  test('[A6] an entry beyond what is here is no copy before it is reached and compared: it may be of another history', () => {
    const [b] = peers as [Peer, Peer];
    const beyond: Report = { replicaId: 'b', process: 1, origin: 0, version: 1, since: 0, entries: [{ origin: ORIGIN, seq: 9, hash }], hlc: 1, knownProcess: 0, knownVersion: 0, draining: false, address: '', clusterId: '', wallMs: 0 };
    b.take(beyond, 9, () => 'behind');
    expect(acks.count({ origin: ORIGIN, seq: 5 })).toMatchObject({ stored: 1, replicas: 3 });
    b.reached(ORIGIN, () => 'covered');
    expect(acks.count({ origin: ORIGIN, seq: 5 })).toMatchObject({ stored: 2, replicas: 3 });
  });

  test('[A6] an entry that contradicts this replica’s is no copy', () => {
    const [b] = peers as [Peer, Peer];
    const forged: Report = { replicaId: 'b', process: 1, origin: 0, version: 1, since: 0, entries: [{ origin: ORIGIN, seq: 9, hash }], hlc: 1, knownProcess: 0, knownVersion: 0, draining: false, address: '', clusterId: '', wallMs: 0 };
    expect(b.take(forged, 9, () => 'forked')).toHaveLength(1);
    expect(acks.count({ origin: ORIGIN, seq: 9 })).toMatchObject({ stored: 1, replicas: 3 });
  });

  describe('[A10] all replicas that are up hold a write', () => {
    const write = { origin: ORIGIN, seq: 1 };

    test('when each peer that is up has reported it: at once where all have, and when the last one that lacks it goes down; who has it is named', async () => {
      const [b, c] = peers as [Peer, Peer];
      const wait = outcome(acks.wait(write, 300));
      for (const peer of peers) peer.measured(200);
      expect(acks.count(write)).toEqual({ stored: 1, replicas: 3, onAllUp: false, holders: ['a'] });
      report(c, 1);
      await time.pass(300);
      // The answer goes out before the caller gives up, and `b` may have it yet.
      expect(wait.value).toEqual({ stored: 2, replicas: 3, onAllUp: false, holders: ['a', 'c'] });
      await time.pass(500);
      expect([downs, acks.count(write)]).toEqual([['b'], { stored: 2, replicas: 3, onAllUp: true, holders: ['a', 'c'] }]);
      report(b, 1);
      expect(acks.count(write)).toEqual({ stored: 3, replicas: 3, onAllUp: true, holders: ['a', 'b', 'c'] });
    });

    test('one copy is not enough while there are others, up or down; in a cluster of one it is', () => {
      const [b] = peers as [Peer, Peer];
      for (const peer of peers) peer.leave();
      expect(acks.count(write)).toMatchObject({ stored: 1, onAllUp: false });
      report(b, 1);
      expect(acks.count(write)).toMatchObject({ stored: 2, onAllUp: true });
      peers = [b];
      report(b, 0, 2);
      expect(acks.count(write)).toMatchObject({ stored: 1, replicas: 2, onAllUp: false });
      peers = [];
      expect(acks.count(write)).toEqual({ stored: 1, replicas: 1, onAllUp: true, holders: ['a'] });
    });

    test('a replica is named by the first characters of its id', () => {
      const id = 'abcdefghijklmnopqrstuvwxyz';
      expect(countCopies(write, id, [])).toMatchObject({ holders: ['abcdef'] });
    });
  });
});
