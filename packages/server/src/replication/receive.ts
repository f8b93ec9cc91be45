import type { Change } from '@parley/proto/replication';
import { sameHash, type VectorEntry } from '../stamp/version-vector.ts';
import { type ChangeRecord, decodeChange } from '../store/change.ts';
import type { Store, Transaction } from '../store/store.ts';

/** Changes in one transaction at most: a longer one would hold reads and live streams. 128 take about 10 ms, and twice as many bring hardly more a second. */
const MAX_APPLIED_AT_ONCE = 128;
/** Changes that wait for one origin at most; the rest comes by Pull. It bounds memory when a peer runs far ahead. */
export const MAX_QUEUED = 10_000;

/** Changes of one origin that came, and wait. */
export interface Waiting {
  readonly origin: number;
  /** Their numbers, in the order in which they came. */
  readonly seqs: readonly number[];
  /** What the next change of that origin depends on and is not here; none where that change itself is not here. */
  readonly lacking: readonly VectorEntry[];
}

/**
 * The causal gate: a change is applied when it follows, by seq and hash, the last one of its origin, and what it
 * depends on is covered [C1]. The rest waits in a queue for its origin.
 */
export class Receiver {
  readonly #store: Store;
  readonly #onFork: (entry: VectorEntry) => void;
  readonly #queues = new Map<number, Map<number, ChangeRecord>>();
  readonly #stuckAt = new Map<number, number>();
  /** Dependencies that are not waited for. */
  readonly #waived = new Set<string>();
  #draining: Promise<void> | undefined;

  /** `onFork` hears of a change that contradicts what is here: it is not taken. */
  constructor(store: Store, onFork: (entry: VectorEntry) => void) {
    this.#store = store;
    this.#onFork = onFork;
  }

  /**
   * Takes changes in; resolves once all that are ready are applied and fsynced, to what the last one would be in the
   * vector. Throws MalformedChange, with none of them taken.
   */
  async receive(changes: readonly Change[]): Promise<VectorEntry | undefined> {
    const records = changes.map(decodeChange);
    for (const record of records) this.#enqueue(record);
    await this.#drain();
    const last = records.at(-1);
    return last && { origin: last.header.origin, seq: last.header.seq, hash: last.hash };
  }

  /**
   * Forgets what has not moved since the last time that this was called: this replica is level with a peer, and still
   * nothing lets it through. It comes again when it can be applied.
   */
  dropStuck(): void {
    for (const origin of this.#queues.keys()) {
      const seq = this.#store.vector.seq(origin);
      if (this.#stuckAt.get(origin) === seq) this.#queues.delete(origin);
      this.#stuckAt.set(origin, seq);
    }
    for (const origin of this.#stuckAt.keys()) if (!this.#queues.has(origin)) this.#stuckAt.delete(origin);
  }

  /** Forgets what waits of an origin: it may be of a branch that was cut. */
  drop(origin: number): void {
    this.#queues.delete(origin);
  }

  /** All that waits, for what it follows or for what it depends on. */
  waiting(): Waiting[] {
    return [...this.#queues].map(([origin, queue]) => ({ origin, seqs: [...queue.keys()], lacking: this.#lacking(queue.get(this.#store.vector.seq(origin) + 1)) }));
  }

  /** The first change that waits of each origin, where it waits for nothing but what it depends on; and what of that is lacking. */
  blocked(): { origin: number; seq: number; lacking: VectorEntry[] }[] {
    return [...this.#queues].flatMap(([origin, queue]) => {
      const seq = this.#store.vector.seq(origin) + 1;
      const lacking = this.#lacking(queue.get(seq));
      return lacking.length > 0 ? [{ origin, seq, lacking }] : [];
    });
  }

  /** Takes changes without these dependencies; resolves once those that waited for nothing else are applied. */
  async waive(entries: readonly VectorEntry[]): Promise<void> {
    for (const entry of entries) this.#waived.add(stampKey(entry.origin, entry.seq, entry.hash));
    await this.#drain();
  }

  #lacking(change: ChangeRecord | undefined): VectorEntry[] {
    return change?.header.dependsOn.filter((entry) => !this.#isWaived(entry) && this.#store.covers(entry) !== 'covered') ?? [];
  }

  #isWaived(entry: VectorEntry): boolean {
    return this.#waived.size > 0 && this.#waived.has(stampKey(entry.origin, entry.seq, entry.hash));
  }

  #enqueue(record: ChangeRecord): void {
    const { origin, seq } = record.header;
    if (seq <= this.#store.vector.seq(origin)) {
      // Nothing is skipped on the strength of a number alone.
      const entry = { origin, seq, hash: record.hash };
      if (this.#store.covers(entry) === 'forked') this.#onFork(entry);
      return;
    }
    const queue = this.#queues.get(origin) ?? new Map<number, ChangeRecord>();
    this.#queues.set(origin, queue);
    if (queue.size < MAX_QUEUED || seq === this.#store.vector.seq(origin) + 1) queue.set(seq, record);
  }

  /** One drain at a time; whoever comes meanwhile waits for it and then looks again. */
  async #drain(): Promise<void> {
    while (this.#draining) await this.#draining;
    this.#draining = this.#drainAll().finally(() => {
      this.#draining = undefined;
    });
    await this.#draining;
  }

  async #drainAll(): Promise<void> {
    while (this.#queues.size > 0) {
      const { result: applied } = await this.#store.write((tx) => this.#applyReady(tx));
      for (const record of applied) this.#forget(record.header.origin, record.header.seq);
      if (applied.length < MAX_APPLIED_AT_ONCE) return;
    }
  }

  /** Applies the longest ready prefix, bounded; what it applied leaves the queues only once it is on disk. */
  #applyReady(tx: Transaction): ChangeRecord[] {
    const applied: ChangeRecord[] = [];
    const here = new Set<string>();
    let moved = true;
    while (moved && applied.length < MAX_APPLIED_AT_ONCE) {
      moved = false;
      for (const [origin, queue] of this.#queues) {
        for (;;) {
          const next = queue.get(tx.vector.seq(origin) + 1);
          if (!next || applied.length >= MAX_APPLIED_AT_ONCE) break;
          if (!sameHash(next.header.prevHash, tx.vector.get(origin)?.hash ?? new Uint8Array())) {
            this.#queues.delete(origin);
            this.#onFork({ origin, seq: next.header.seq, hash: next.hash });
            break;
          }
          if (!next.header.dependsOn.every((entry) => this.#isCovered(tx, entry, here))) break;
          tx.apply(next);
          here.add(stampKey(origin, next.header.seq, next.hash));
          applied.push(next);
          moved = true;
        }
      }
    }
    return applied;
  }

  #isCovered(tx: Transaction, entry: VectorEntry, here: ReadonlySet<string>): boolean {
    if (this.#isWaived(entry)) return true;
    const mine = tx.vector.get(entry.origin);
    if (!mine || mine.seq < entry.seq) return false;
    if (mine.seq === entry.seq) return sameHash(mine.hash, entry.hash);
    return here.has(stampKey(entry.origin, entry.seq, entry.hash)) || this.#store.log.has(entry);
  }

  /** Takes out of the queue of an origin all up to `seq`. */
  #forget(origin: number, seq: number): void {
    const queue = this.#queues.get(origin);
    if (!queue) return;
    queue.delete(seq);
    if (queue.size === 0) this.#queues.delete(origin);
  }
}

function stampKey(origin: number, seq: number, hash: Uint8Array): string {
  return `${origin}/${seq}/${Buffer.from(hash).toString('base64')}`;
}
