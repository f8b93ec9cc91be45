import { type PeerTables, PeerTables_Outcome, type VerifyRequest, type VerifyResponse, VerifyResponse_Outcome } from '@parley/proto/replication';
import type { Logger } from 'pino';
import { invalid } from '../errors.ts';
import { random48, type RandomBytes } from '../random.ts';
import type { Time } from '../stamp/clock.ts';
import { sameHash, type VectorEntry } from '../stamp/version-vector.ts';
import type { TablesProof } from '../store/prove-tables.ts';
import type { Peer } from './peer.ts';
import { type Prove, ProofDesk } from './proof-desk.ts';

/** The first comparison comes so long after the start, when what a restart brings with it is over, and then so much more by chance: replicas that start together do not compare together. */
const FIRST_AFTER_MS = 5 * 60_000;
/** The longest time that chance adds. */
const STAGGER_MS = 20 * 60_000;
/** A bad disk shows within a day. */
const EVERY_MS = 24 * 3_600_000;
/** Tables are compared anew, at a fresh vector, when a peer has erased a message beyond the last one; so often at most. */
const MAX_ATTEMPTS = 3;
/** A peer that is still at it is asked again this often. */
const ASK_AGAIN_MS = 200;
/** A peer is given this long: a million messages take a minute or two. */
const MAX_PEER_MS = 15 * 60_000;
/** A peer that has come back may be heard before it can be called: that is tried for so long. */
const REACH_MS = 5000;
/** A peer that does not cover the vector yet gets this long to catch up before it says so. */
const CATCH_UP_MS = 5000;

/** What the last comparison came to for one replica. */
export interface TablesOutcome {
  readonly tables: 'equal' | 'differ';
  /** When: monotonic. */
  readonly at: number;
}

export interface VerificationOptions {
  readonly prove: Prove;
  readonly replicaId: string;
  readonly time: Time;
  readonly random: RandomBytes;
  readonly log: Logger;
  readonly members: () => Iterable<Peer>;
  readonly clusterId: string;
  /** Reaches a vector by number; false when that takes longer. */
  readonly catchUp: (target: readonly VectorEntry[], timeoutMs: number) => Promise<boolean>;
}

interface Run {
  readonly id: number;
  readonly result: Promise<VerifyResponse>;
  answer: VerifyResponse | undefined;
}

/**
 * Proves that replicas converged: compares this replica's tables with its log [G2], and with those of every member at an equal vector [G3]. By itself once a day, and
 * when it is asked. A difference is a bug or a bad disk: an alarm, and `parley-server rebuild` mends it.
 */
export class Verification {
  readonly #options: VerificationOptions;
  readonly #desk: ProofDesk;
  readonly #outcomes = new Map<string, TablesOutcome>();
  #run: Run | undefined;
  #runs = 0;
  #cancel = () => {};
  #isClosed = false;

  constructor(options: VerificationOptions) {
    this.#options = options;
    this.#desk = new ProofDesk(options.prove, options.time);
    this.#arm(FIRST_AFTER_MS);
  }

  /** The last outcome for this replica or a member; undefined where there was none. */
  outcomeOf(replicaId: string): TablesOutcome | undefined {
    return this.#outcomes.get(replicaId);
  }

  /** Handles Verify, but for whose cluster it is. */
  async answer({ at, everyone, run }: VerifyRequest): Promise<VerifyResponse> {
    if (everyone) return this.#answerRun(run);
    if (!at) throw invalid('at', 'name a version vector, or ask for everyone');
    await this.#options.catchUp(at.entries, CATCH_UP_MS);
    return this.#desk.answer(at.entries);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
    this.#desk.close();
  }

  #arm(afterMs: number): void {
    const { time, random } = this.#options;
    this.#cancel = time.after(afterMs + (random48(random) / 2 ** 48) * STAGGER_MS, () => {
      void this.#begin().result.catch(() => {});
      if (!this.#isClosed) this.#arm(EVERY_MS);
    });
  }

  #answerRun(id: number): VerifyResponse {
    const run = id !== 0 && this.#run?.id === id ? this.#run : this.#begin();
    return run.answer ?? { outcome: VerifyResponse_Outcome.OUTCOME_RUNNING, hash: new Uint8Array(), at: undefined, run: run.id, peers: [] };
  }

  /** Begins a run, or finds the one that is under way. */
  #begin(): Run {
    if (this.#run && !this.#run.answer) return this.#run;
    const id = ++this.#runs;
    const run: Run = { id, result: this.#compareAll(id), answer: undefined };
    this.#run = run;
    run.result.then(
      (answer) => {
        run.answer = answer;
      },
      (error: unknown) => {
        run.answer = { outcome: VerifyResponse_Outcome.OUTCOME_MOVED_ON, hash: new Uint8Array(), at: undefined, run: id, peers: [] };
        if (!this.#isClosed) this.#options.log.warn({ err: error }, 'the tables could not be compared with the log');
      },
    );
    return run;
  }

  async #compareAll(id: number): Promise<VerifyResponse> {
    const { replicaId, log, time } = this.#options;
    const peers = new Map<Peer, PeerTables_Outcome>();
    const startedAt = time.monotonicMs();
    let proof: TablesProof;
    for (let attempt = 1; ; attempt++) {
      proof = await this.#desk.prove();
      const left = [...this.#options.members()].filter((peer) => (peers.get(peer) ?? PeerTables_Outcome.OUTCOME_NOT_COMPARED) === PeerTables_Outcome.OUTCOME_NOT_COMPARED);
      if (typeof proof.hash !== 'string') await Promise.all(left.map(async (peer) => peers.set(peer, await this.#comparePeer(peer, proof))));
      const isComplete = proof.own !== 'moved on' && left.every((peer) => !peer.answers || peers.get(peer) !== PeerTables_Outcome.OUTCOME_NOT_COMPARED);
      if (isComplete || attempt === MAX_ATTEMPTS || this.#isClosed) break;
    }
    if (proof.own !== 'moved on') this.#note(replicaId, proof.own === 'equal', 'this replica: its tables are not what its log makes of them');
    for (const [peer, outcome] of peers) {
      if (outcome !== PeerTables_Outcome.OUTCOME_NOT_COMPARED) this.#note(peer.replicaId, outcome === PeerTables_Outcome.OUTCOME_EQUAL, `${peer.name}: its tables differ from what the log makes of them`);
    }
    log.info({ own: proof.own, compared: peers.size, ms: Math.round(time.monotonicMs() - startedAt) }, 'compared the tables');
    return {
      outcome: proof.own === 'equal' ? VerifyResponse_Outcome.OUTCOME_EQUAL : proof.own === 'differs' ? VerifyResponse_Outcome.OUTCOME_DIFFERS : VerifyResponse_Outcome.OUTCOME_MOVED_ON,
      hash: typeof proof.hash === 'string' ? new Uint8Array() : proof.hash,
      at: { entries: [...proof.at] },
      run: id,
      peers: [...this.#options.members()].map((peer): PeerTables => ({ replicaId: peer.replicaId, name: peer.name, outcome: peers.get(peer) ?? PeerTables_Outcome.OUTCOME_NOT_COMPARED })),
    };
  }

  #note(replicaId: string, isEqual: boolean, what: string): void {
    const { log, time } = this.#options;
    this.#outcomes.set(replicaId, { tables: isEqual ? 'equal' : 'differ', at: time.monotonicMs() });
    if (!isEqual) log.error({ alarm: 'tables', replicaId }, `${what}. A bug or a bad disk: end that server, run parley-server rebuild --db-file with its database, and start it again`);
  }

  /** Compares a peer's tables, at the proof's vector, with what the log makes of them. */
  async #comparePeer(peer: Peer, { at, rebuilt }: TablesProof): Promise<PeerTables_Outcome> {
    const { time, clusterId } = this.#options;
    const end = time.monotonicMs() + MAX_PEER_MS;
    let reachUntil = time.monotonicMs() + REACH_MS;
    while (peer.answers && time.monotonicMs() < end && !this.#isClosed) {
      const response = await peer.link.verify({ clusterId, at: { entries: [...at] }, everyone: false, run: 0 }).catch(() => undefined);
      if (response?.outcome === VerifyResponse_Outcome.OUTCOME_DIFFERS) return PeerTables_Outcome.OUTCOME_DIFFERS;
      if (response?.outcome === VerifyResponse_Outcome.OUTCOME_EQUAL) return sameHash(response.hash, rebuilt) ? PeerTables_Outcome.OUTCOME_EQUAL : PeerTables_Outcome.OUTCOME_DIFFERS;
      if (response ? response.outcome !== VerifyResponse_Outcome.OUTCOME_RUNNING : time.monotonicMs() >= reachUntil) break;
      if (response) reachUntil = time.monotonicMs() + REACH_MS;
      await new Promise<void>((resolve) => void time.after(ASK_AGAIN_MS, resolve));
    }
    return PeerTables_Outcome.OUTCOME_NOT_COMPARED;
  }
}
