import type { VerifyResponse } from '@parley/proto/replication';
import { VerifyResponse_Outcome } from '@parley/proto/replication';
import type { Time } from '../stamp/clock.ts';
import type { VectorEntry } from '../stamp/version-vector.ts';
import type { TablesProof } from '../store/prove-tables.ts';
import { holdAnswer } from './hold-answer.ts';

/** Compares this replica's tables with its log, and hashes them at the vector; see proveTables. */
export type Prove = (at?: readonly VectorEntry[]) => Promise<TablesProof>;

/** A proof, or what it failed with, that nobody comes for is forgotten after this: whoever asks later wants to know how things are then. */
const FORGET_AFTER_MS = 60_000;
/** Proofs for others that are kept at once, made or being made: each reads the whole log. */
const MAX_KEPT = 4;

/** Makes proofs, one at a time, for this replica itself and for peers, who ask again until theirs is made. */
export class ProofDesk {
  readonly #make: Prove;
  readonly #time: Time;
  /** By the vector that was asked for. */
  readonly #asked = new Map<string, Promise<TablesProof>>();
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  readonly #timers = new Set<() => void>();

  constructor(make: Prove, time: Time) {
    this.#make = make;
    this.#time = time;
  }

  /** Forgets all; what is being made is ended by whoever brought `make`. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#timers) cancel();
  }

  /** A proof of the moment, after those that are under way. */
  prove(at?: readonly VectorEntry[]): Promise<TablesProof> {
    const proof = this.#last.then(() => this.#make(at));
    this.#last = proof.catch(() => {});
    return proof;
  }

  /** A peer's question; RUNNING where the proof is not made yet, or too many others are. Rejects with what it failed with, once. */
  async answer(at: readonly VectorEntry[]): Promise<VerifyResponse> {
    const asked = this.#find(at);
    if (!asked) return response(VerifyResponse_Outcome.OUTCOME_RUNNING, at);
    try {
      const proof = await holdAnswer(asked, this.#time);
      if (!proof) return response(VerifyResponse_Outcome.OUTCOME_RUNNING, at);
      this.#forget(at, asked);
      return toResponse(proof);
    } catch (error) {
      this.#forget(at, asked);
      throw error;
    }
  }

  #find(at: readonly VectorEntry[]): Promise<TablesProof> | undefined {
    const key = keyOf(at);
    const known = this.#asked.get(key);
    if (known || this.#asked.size >= MAX_KEPT) return known;
    const proof = this.prove(at);
    this.#asked.set(key, proof);
    const made = () => this.#forgetLater(at, proof);
    proof.then(made, made);
    return proof;
  }

  #forgetLater(at: readonly VectorEntry[], proof: Promise<TablesProof>): void {
    if (this.#isClosed) return;
    const cancel = this.#time.after(FORGET_AFTER_MS, () => {
      this.#timers.delete(cancel);
      this.#forget(at, proof);
    });
    this.#timers.add(cancel);
  }

  #forget(at: readonly VectorEntry[], proof: Promise<TablesProof>): void {
    const key = keyOf(at);
    if (this.#asked.get(key) === proof) this.#asked.delete(key);
  }
}

function keyOf(at: readonly VectorEntry[]): string {
  return at.map(({ origin, seq, hash }) => `${origin}/${seq}/${Buffer.from(hash).toString('base64')}`).sort().join();
}

function toResponse({ own, at, hash }: TablesProof): VerifyResponse {
  if (own === 'differs') return response(VerifyResponse_Outcome.OUTCOME_DIFFERS, at, hash);
  if (hash === 'behind') return response(VerifyResponse_Outcome.OUTCOME_BEHIND, at);
  if (hash === 'moved on' || own === 'moved on') return response(VerifyResponse_Outcome.OUTCOME_MOVED_ON, at);
  return response(VerifyResponse_Outcome.OUTCOME_EQUAL, at, hash);
}

function response(outcome: VerifyResponse_Outcome, at: readonly VectorEntry[], hash: TablesProof['hash'] = new Uint8Array()): VerifyResponse {
  return { outcome, at: { entries: [...at] }, hash: typeof hash === 'string' ? new Uint8Array() : hash, run: 0, peers: [] };
}
