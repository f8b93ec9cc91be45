import { PeerTables_Outcome, type VerifyRequest, type VerifyResponse, VerifyResponse_Outcome } from '@parley/proto/replication';
import { pino } from 'pino';
import { VirtualTime } from '../../test/virtual-time.ts';
import type { VectorEntry } from '../stamp/version-vector.ts';
import type { TablesProof } from '../store/prove-tables.ts';
import type { ReplicationLink } from './link.ts';
import { Peer } from './peer.ts';
import { Verification } from './verification.ts';

const HASH = new Uint8Array(32).fill(1);
const OTHER_HASH = new Uint8Array(32).fill(2);
const HOUR_MS = 3_600_000;
const everyone = (run = 0): VerifyRequest => ({ clusterId: '', at: undefined, everyone: true, run });

describe('comparing replicas', () => {
  let time: VirtualTime;
  let verification: Verification;
  let peer: Peer;
  let proofs: number;
  let own: (at?: readonly VectorEntry[]) => Promise<TablesProof>;
  let asked: VectorEntry[][];
  let peerAnswers: (attempt: number) => Partial<VerifyResponse>;
  let lines: { alarm?: string; replicaId?: string; msg: string }[];

  beforeEach(() => {
    time = new VirtualTime();
    proofs = 0;
    asked = [];
    lines = [];
    own = (at) => Promise.resolve({ own: 'equal', at: at ?? [entry(proofs)], hash: HASH, rebuilt: HASH });
    peerAnswers = () => ({ outcome: VerifyResponse_Outcome.OUTCOME_EQUAL, hash: HASH });
    const no = () => Promise.reject(new Error('no'));
    const link: ReplicationLink = {
      replicate: no, pull: no, join: no, readHashes: no, relay: no, remove: no, readCopy: no, close: () => {},
      verify: async ({ at }) => {
        asked.push(at?.entries ?? []);
        // It goes on answering heartbeats.
        peer.lastReportAt = time.monotonicMs();
        return { outcome: VerifyResponse_Outcome.OUTCOME_RUNNING, hash: new Uint8Array(), at, run: 0, peers: [], ...peerAnswers(asked.length) };
      },
    };
    peer = new Peer('them', 'them:1', link, time, undefined);
    peer.name = 'server2';
    peer.lastReportAt = 0;
    verification = new Verification({
      prove: (at) => {
        proofs += 1;
        peer.lastReportAt = time.monotonicMs();
        return own(at);
      },
      replicaId: 'me',
      clusterId: 'ours',
      time,
      random: (size) => new Uint8Array(size).fill(128),
      log: pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) }),
      members: () => [peer],
      catchUp: () => Promise.resolve(true),
    });
  });
  afterEach(() => verification.close());

  const entry = (seq: number): VectorEntry => ({ origin: 5, seq, hash: new Uint8Array(16) });
  const compare = async (): Promise<VerifyResponse> => {
    const { run } = await verification.answer(everyone());
    await time.pass(5000);
    return verification.answer(everyone(run));
  };

  test('[G3] it compares by itself some time after the start, and then once a day', async () => {
    await time.pass(5 * 60_000);
    expect(proofs).toBe(0);
    await time.pass(20 * 60_000);
    expect(proofs).toBe(1);
    expect(verification.outcomeOf('them')).toMatchObject({ tables: 'equal' });
    await time.pass(23 * HOUR_MS);
    expect(proofs).toBe(1);
    await time.pass(2 * HOUR_MS);
    expect(proofs).toBe(2);
  });

  test('[G3] a difference is an alarm that names the remedy, here or there', async () => {
    own = (at) => Promise.resolve({ own: 'differs', at: at ?? [entry(1)], hash: OTHER_HASH, rebuilt: HASH });
    peerAnswers = () => ({ outcome: VerifyResponse_Outcome.OUTCOME_EQUAL, hash: OTHER_HASH });
    const answer = await compare();
    expect(answer).toMatchObject({ outcome: VerifyResponse_Outcome.OUTCOME_DIFFERS, peers: [{ replicaId: 'them', name: 'server2', outcome: PeerTables_Outcome.OUTCOME_DIFFERS }] });
    expect(lines.filter(({ alarm }) => alarm === 'tables').map(({ replicaId }) => replicaId)).toEqual(['me', 'them']);
    for (const { alarm, msg } of lines) if (alarm) expect(msg).toMatch(/parley-server rebuild/);
    expect(verification.outcomeOf('me')).toMatchObject({ tables: 'differ' });
  });

  test('[G3] a peer that has moved on is asked again at a fresh vector, three times at most', async () => {
    peerAnswers = (attempt) => ({ outcome: attempt === 1 ? VerifyResponse_Outcome.OUTCOME_MOVED_ON : VerifyResponse_Outcome.OUTCOME_EQUAL, hash: HASH });
    expect((await compare()).peers).toMatchObject([{ outcome: PeerTables_Outcome.OUTCOME_EQUAL }]);
    expect(asked).toEqual([[entry(1)], [entry(2)]]);
    peerAnswers = () => ({ outcome: VerifyResponse_Outcome.OUTCOME_BEHIND });
    expect((await compare()).peers).toMatchObject([{ outcome: PeerTables_Outcome.OUTCOME_NOT_COMPARED }]);
    expect(asked).toHaveLength(5);
    expect(verification.outcomeOf('them')).toMatchObject({ tables: 'equal' });
  });

  test('[G3] a peer that is still at it is asked again at the same vector', async () => {
    peerAnswers = (attempt) => (attempt < 4 ? {} : { outcome: VerifyResponse_Outcome.OUTCOME_EQUAL, hash: HASH });
    expect((await compare()).peers).toMatchObject([{ outcome: PeerTables_Outcome.OUTCOME_EQUAL }]);
    expect(asked).toEqual([1, 2, 3, 4].map(() => [entry(1)]));
  });

  test('[G3] a peer that is heard but cannot be called yet is tried for 5 s', async () => {
    peerAnswers = (attempt) => {
      if (attempt < 6) throw new Error('no connection');
      return { outcome: VerifyResponse_Outcome.OUTCOME_EQUAL, hash: HASH };
    };
    expect((await compare()).peers).toMatchObject([{ outcome: PeerTables_Outcome.OUTCOME_EQUAL }]);
    expect(asked).toHaveLength(6);
  });

  test('[G3] a proof for a peer is made once for all who ask meanwhile, and anew for who asks later', async () => {
    let finish = () => {};
    own = (at) =>
      new Promise((resolve) => {
        finish = () => resolve({ own: 'equal', at: at ?? [], hash: HASH, rebuilt: HASH });
      });
    const ask = () => verification.answer({ clusterId: '', at: { entries: [entry(7)] }, everyone: false, run: 0 });
    const first = ask();
    await time.pass(1000);
    expect(await first).toMatchObject({ outcome: VerifyResponse_Outcome.OUTCOME_RUNNING });
    const both = [ask(), ask()];
    await time.pass(1);
    finish();
    expect(await Promise.all(both)).toMatchObject([1, 2].map(() => ({ outcome: VerifyResponse_Outcome.OUTCOME_EQUAL, hash: HASH })));
    expect(proofs).toBe(1);
    const later = ask();
    await time.pass(1);
    finish();
    await later;
    expect(proofs).toBe(2);
  });

  test('[G3] a proof that fails after the answer went out is told to who asks again, once', async () => {
    let fail = () => {};
    own = () => new Promise((_, reject) => (fail = () => reject(new Error('no room'))));
    const ask = () => verification.answer({ clusterId: '', at: { entries: [entry(7)] }, everyone: false, run: 0 });
    const first = ask();
    await time.pass(1000);
    expect(await first).toMatchObject({ outcome: VerifyResponse_Outcome.OUTCOME_RUNNING });
    fail();
    await time.pass(1);
    await expect(ask()).rejects.toThrow('no room');
    const again = ask();
    await time.pass(1000);
    expect(await again).toMatchObject({ outcome: VerifyResponse_Outcome.OUTCOME_RUNNING });
    expect(proofs).toBe(2);
  });

  test('[G3] a comparison that fails is told, and no difference', async () => {
    own = () => Promise.reject(new Error('no room'));
    expect((await compare()).outcome).toBe(VerifyResponse_Outcome.OUTCOME_MOVED_ON);
    expect(lines).toMatchObject([{ msg: expect.stringMatching(/could not be compared/) }]);
    expect(lines[0]?.alarm).toBeUndefined();
    expect(verification.outcomeOf('me')).toBeUndefined();
  });
});
