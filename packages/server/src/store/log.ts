import { Change } from '@parley/proto/replication';
import { sameHash, type VectorEntry, type VersionVector } from '../stamp/version-vector.ts';
import { type ChangeRecord, decodeStored, erase, eraseStored, hashOfStored } from './change.ts';
import type { Connection } from './database.ts';

/** A change and where it stands in the order in which this replica applied changes. */
export interface LoggedChange extends ChangeRecord {
  readonly arrival: number;
}

export interface PageLimit {
  /** Changes at most. */
  readonly changes: number;
  /** Bytes at most, encoded; a single larger change still makes a page. */
  readonly bytes: number;
}

/** How many of the newest changes stay decoded in memory: what pushes and live streams nearly always ask for. */
const RECENT_CHANGES = 4096;
/** ... and how many bytes of them, so that a burst of long messages does not fill memory. */
const RECENT_BYTES = 16 * 1024 * 1024;
/** Rows read for each wanted one when a page skips what the other side has: bounds the time that a page takes. */
const SCAN_FACTOR = 8;

interface Row {
  arrival: number;
  origin: number;
  seq: number;
  change: Buffer;
}

/** The log of changes: SQL for it, and its newest part in memory. Reads see what is committed. */
export class Log {
  /** The newest changes by arrival, without a hole; the oldest first. */
  #recent: LoggedChange[] = [];
  #recentBytes = 0;
  #head: number;

  readonly #insert;
  readonly #stored;
  readonly #replace;
  readonly #after;
  readonly #byStamp;
  readonly #clockOf;
  readonly #run;
  readonly #firstArrival;
  readonly #branch;
  readonly #remove;
  readonly #newest;

  constructor(writer: Connection, reader: Connection) {
    this.#insert = writer.prepare<[number, number, number, Uint8Array]>('INSERT INTO changes (origin, seq, hlc, change) VALUES (?, ?, ?, ?)');
    this.#stored = writer.prepare<[number, number], { arrival: number; change: Buffer }>('SELECT arrival, change FROM changes WHERE origin = ? AND seq = ?');
    this.#replace = writer.prepare<[Uint8Array, number]>('UPDATE changes SET change = ? WHERE arrival = ?');
    this.#after = reader.prepare<[number, number], Row>('SELECT arrival, origin, seq, change FROM changes WHERE arrival > ? ORDER BY arrival LIMIT ?');
    this.#byStamp = reader.prepare<[number, number], { change: Buffer }>('SELECT change FROM changes WHERE origin = ? AND seq = ?');
    this.#clockOf = reader.prepare<[number, number], { hlc: number }>('SELECT hlc FROM changes WHERE origin = ? AND seq = ?');
    this.#run = reader.prepare<[number, number, number], Row>('SELECT arrival, origin, seq, change FROM changes WHERE origin = ? AND seq > ? ORDER BY seq LIMIT ?');
    this.#firstArrival = reader.prepare<[number, number], { arrival: number }>('SELECT arrival FROM changes WHERE origin = ? AND seq > ? ORDER BY seq LIMIT 1');
    this.#branch = writer.prepare<[number, number], { change: Buffer }>('SELECT change FROM changes WHERE origin = ? AND seq >= ? ORDER BY seq');
    this.#remove = writer.prepare<[number, number]>('DELETE FROM changes WHERE origin = ? AND seq >= ?');
    this.#newest = reader.prepare<[], { head: number | null }>('SELECT max(arrival) AS head FROM changes');
    this.#head = this.#readHead();
  }

  /** Arrival of the newest committed change; 0 when the log is empty. */
  get head(): number {
    return this.#head;
  }

  /** Appends inside the running transaction. `committed` has to follow once it is committed. */
  insert(record: ChangeRecord): LoggedChange {
    const { origin, seq, hlc } = record.header;
    const { lastInsertRowid } = this.#insert.run(origin, seq, hlc, Change.encode(record.change).finish());
    return { ...record, arrival: Number(lastInsertRowid) };
  }

  /** Takes an origin's changes from `seq` on out, inside the running transaction, and returns them. `forget` has to follow once it is committed. */
  remove(origin: number, seq: number): ChangeRecord[] {
    const removed = this.#branch.all(origin, seq).map(({ change }) => decodeStored(change));
    this.#remove.run(origin, seq);
    return removed;
  }

  /** Takes note that a commit removed an origin's changes from `seq` on. */
  forget(origin: number, seq: number): void {
    this.#recent = this.#recent.filter(({ header }) => header.origin !== origin || header.seq < seq);
    this.#recentBytes = this.#recent.reduce((sum, change) => sum + sizeOf(change), 0);
    this.#head = this.#readHead();
  }

  /**
   * Takes the text out of a change inside the running transaction [E1]. Returns its arrival, which has to be told to
   * `committed`; undefined where there is nothing to take out.
   */
  erase(origin: number, seq: number): number | undefined {
    const stored = this.#stored.get(origin, seq);
    const without = stored && eraseStored(stored.change);
    if (!without) return undefined;
    this.#replace.run(without, stored.arrival);
    return stored.arrival;
  }

  /** Takes note of what a commit added, and of the arrivals of what it erased. */
  committed(added: readonly LoggedChange[], erased: readonly number[]): void {
    for (const change of added) {
      this.#recent.push(change);
      this.#recentBytes += sizeOf(change);
      this.#head = change.arrival;
    }
    for (const arrival of erased) this.#forgetText(arrival);
    if (this.#recent.length <= RECENT_CHANGES && this.#recentBytes <= RECENT_BYTES) return;
    // Half is dropped at once: moving the array for each commit would cost more than the memory does.
    this.#recent = this.#recent.slice(Math.ceil(this.#recent.length / 2));
    this.#recentBytes = this.#recent.reduce((sum, change) => sum + sizeOf(change), 0);
  }

  /** The changes that arrived after `arrival`, oldest first. */
  after(arrival: number, limit: PageLimit): LoggedChange[] {
    const oldest = this.#recent[0];
    if (oldest && arrival >= oldest.arrival - 1) return bounded(this.#recent.slice(firstAfter(this.#recent, arrival)), limit);
    return bounded(this.#read(this.#after.iterate(arrival, limit.changes)), limit);
  }

  /** Consecutive changes of one origin beyond `seq`. */
  run(origin: number, seq: number, limit: PageLimit): LoggedChange[] {
    const recent = this.#recent.filter((change) => change.header.origin === origin && change.header.seq > seq);
    if (recent[0]?.header.seq === seq + 1) return bounded(recent, limit);
    return bounded(this.#read(this.#run.iterate(origin, seq, limit.changes)), limit);
  }

  /**
   * A page of what a holder of `theirs` lacks of what `mine` covers, in order of arrival: every prefix of it is causal.
   * It holds at least one change where anything is lacking.
   */
  lacking(mine: VersionVector, theirs: VersionVector, limit: PageLimit): { changes: LoggedChange[]; more: boolean } {
    let first = Number.POSITIVE_INFINITY;
    for (const { origin, seq } of mine) {
      const has = theirs.seq(origin);
      if (has < seq) first = Math.min(first, this.#firstArrival.get(origin, has)?.arrival ?? Number.POSITIVE_INFINITY);
    }
    if (first === Number.POSITIVE_INFINITY) return { changes: [], more: false };
    const lacking: LoggedChange[] = [];
    let last = first;
    let bytes = 0;
    for (const row of this.#after.iterate(first - 1, limit.changes * SCAN_FACTOR)) {
      if (row.seq <= theirs.seq(row.origin)) {
        last = row.arrival;
        continue;
      }
      const change = toLogged(row);
      bytes += sizeOf(change);
      if (lacking.length > 0 && (lacking.length >= limit.changes || bytes > limit.bytes)) break;
      lacking.push(change);
      last = row.arrival;
    }
    return { changes: lacking, more: last < this.#head };
  }

  /** Has the log exactly this change, by number and hash? */
  has(entry: VectorEntry): boolean {
    const hash = this.hashAt(entry.origin, entry.seq);
    return hash !== undefined && sameHash(hash, entry.hash);
  }

  /** The hash of the committed change with that stamp; undefined where the log has none. */
  hashAt(origin: number, seq: number): Uint8Array | undefined {
    for (let i = this.#recent.length - 1, looked = 0; i >= 0 && looked < 64; i--, looked++) {
      const change = this.#recent[i];
      if (change?.header.origin === origin && change.header.seq === seq) return change.hash;
    }
    const row = this.#byStamp.get(origin, seq);
    return row && hashOfStored(row.change);
  }

  /** The same, within the running transaction. */
  hashInTransaction(origin: number, seq: number): Uint8Array | undefined {
    const row = this.#stored.get(origin, seq);
    return row && hashOfStored(row.change);
  }

  /** The clock value of the committed change with that stamp; undefined where the log has none. */
  clockOf(origin: number, seq: number): number | undefined {
    return this.#clockOf.get(origin, seq)?.hlc;
  }

  #readHead(): number {
    return this.#newest.get()?.head ?? 0;
  }

  #forgetText(arrival: number): void {
    const index = firstAfter(this.#recent, arrival - 1);
    const change = this.#recent[index];
    if (change?.arrival !== arrival) return;
    const without = erase(change);
    this.#recent[index] = without;
    this.#recentBytes -= sizeOf(change) - sizeOf(without);
  }

  *#read(rows: Iterable<Row>): Generator<LoggedChange> {
    for (const row of rows) yield toLogged(row);
  }
}

function toLogged(row: Row): LoggedChange {
  return { ...decodeStored(row.change), arrival: row.arrival };
}

function sizeOf(change: ChangeRecord): number {
  return change.change.header.length + change.change.payload.length + change.change.salt.length;
}

/** Index of the first change after `arrival`; arrivals are ascending, but rolled-back ones may leave holes. */
function firstAfter(changes: readonly LoggedChange[], arrival: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = changes[middle];
    if (at && at.arrival <= arrival) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bounded(changes: Iterable<LoggedChange>, limit: PageLimit): LoggedChange[] {
  const page: LoggedChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    bytes += sizeOf(change);
    if (page.length > 0 && (page.length >= limit.changes || bytes > limit.bytes)) break;
    page.push(change);
  }
  return page;
}
