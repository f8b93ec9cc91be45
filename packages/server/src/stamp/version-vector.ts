/** How far one origin's sequence is known: nothing up to `seq` is missing, and that change's hash (16 bytes). */
export interface VectorEntry {
  readonly origin: number;
  readonly seq: number;
  readonly hash: Uint8Array;
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * A version vector: one entry for each origin. It grows by one entry for each process start that wrote, so iteration
 * is cheap and copies are rare.
 */
export class VersionVector {
  readonly #entries = new Map<number, VectorEntry>();

  constructor(entries: Iterable<VectorEntry> = []) {
    for (const entry of entries) this.set(entry);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(origin: number): VectorEntry | undefined {
    return this.#entries.get(origin);
  }

  /** The highest seq of that origin; 0 when there is none. */
  seq(origin: number): number {
    return this.#entries.get(origin)?.seq ?? 0;
  }

  /** An entry with seq 0 takes the origin out. */
  set(entry: VectorEntry): void {
    this.put(entry.origin, entry.seq === 0 ? undefined : entry);
  }

  put(origin: number, entry: VectorEntry | undefined): void {
    if (entry) this.#entries.set(origin, entry);
    else this.#entries.delete(origin);
  }

  /** Takes over each of the other's entries that is further on. */
  raise(other: Iterable<VectorEntry>): void {
    for (const entry of other) if (entry.seq > this.seq(entry.origin)) this.set(entry);
  }

  [Symbol.iterator](): IterableIterator<VectorEntry> {
    return this.#entries.values();
  }

  /** Is every entry of the other reached here, by number? Hashes are for the log to compare: it has those below ours. */
  reaches(other: Iterable<VectorEntry>): boolean {
    for (const entry of other) if (entry.seq > this.seq(entry.origin)) return false;
    return true;
  }

  /** Same origins, numbers and hashes: equal logs. */
  equals(other: VersionVector): boolean {
    if (other.size !== this.size) return false;
    for (const entry of other) {
      const mine = this.get(entry.origin);
      if (mine?.seq !== entry.seq || !sameHash(mine.hash, entry.hash)) return false;
    }
    return true;
  }
}
