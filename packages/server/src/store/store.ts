import type { ChangeKind } from '@parley/proto/replication';
import { random48, type RandomBytes, systemRandom } from '../random.ts';
import { JumpDetector, nextHlc, type Time } from '../stamp/clock.ts';
import { sameHash, type VectorEntry, VersionVector } from '../stamp/version-vector.ts';
import { type ChangeRecord, encodeChange, erase, isErased } from './change.ts';
import { GroupCommit } from './commit.ts';
import type { Databases } from './database.ts';
import { type LoggedChange, Log } from './log.ts';
import { Merge, type RulesOf } from './merge.ts';
import { mergeNewKinds, type NewKinds } from './new-kinds.ts';
import { Queries } from './queries/queries.ts';
import { rebuildTables } from './rebuild.ts';
import type { Doomed } from './rule.ts';
import { RunningTransaction } from './running-transaction.ts';
import { WalTruncation } from './wal-truncation.ts';

/** A change does not follow what this replica has of its origin: two histories under one name. */
export class ForkedOrigin extends Error {
  constructor(origin: number, seq: number) {
    super(`two different changes claim to be number ${seq} of origin ${origin}`);
  }
}

/** What a write may do inside its transaction. */
export interface Transaction {
  /** Reads that see the transaction's own writes. */
  readonly queries: Queries;
  /** The vector, with this transaction's changes. */
  readonly vector: VersionVector;
  /** Writes a change under this process's origin, and merges it. */
  append(kind: ChangeKind, key: string, payload: Uint8Array): ChangeRecord;
  /** Applies the next change of another origin. Throws ForkedOrigin when it does not follow by hash; its seq has to be the next. */
  apply(record: ChangeRecord): void;
}

/** A write's result, and its last own change: undefined when it wrote none. */
export interface Written<T> {
  readonly result: T;
  readonly last: { readonly origin: number; readonly seq: number } | undefined;
}

export interface StoreOptions {
  /** Open, by openDatabase or openInMemory; closed with the store. */
  readonly databases: Databases;
  readonly time: Time;
  readonly random?: RandomBytes;
  /** The kinds of change that this program knows, and how they merge. */
  readonly rules?: RulesOf;
  /**
   * Goes on under this origin, as a process does whose machine is put back to an earlier state while it runs: a simulation
   * makes forks with it. Without it each process draws its own.
   */
  readonly resume?: { readonly origin: number | undefined; readonly version: number };
  /** See GroupCommit. */
  readonly schedule?: (flush: () => void) => void;
}

/** A change that was cut from one origin and written again under another. */
export interface Rewritten {
  readonly from: { readonly origin: number; readonly seq: number };
  readonly to: { readonly origin: number; readonly seq: number };
}

/**
 * The log and the tables that are its merge, in one SQLite file. Invariant [S1]: tables are a function of the version
 * vector, at every moment: each change is appended and merged in one transaction, and the vector moves with it.
 */
export class Store {
  readonly log: Log;
  /** Reads of what is committed. */
  readonly queries: Queries;
  readonly vector: VersionVector;
  /** What was merged when the file was opened, because an older version did not know it. */
  readonly newKinds: NewKinds | undefined;

  readonly #time: Time;
  readonly #random: RandomBytes;
  readonly #databases: Databases;
  readonly #commit: GroupCommit;
  readonly #merge: Merge;
  readonly #truncation: WalTruncation;
  readonly #transaction: Transaction;
  readonly #listeners: ((changes: readonly LoggedChange[]) => void)[] = [];
  readonly #saveEntry;
  readonly #dropEntry;
  readonly #saveLocal;
  readonly #readLocal;
  readonly #readBytes;

  #origin: number | undefined;
  readonly #jumps: JumpDetector;
  #hlc: number;
  #savedHlc: number;
  /** Other origins that moved since this origin's last change: what the next one depends on. */
  #movedSince = new Set<number>();
  #version: number;
  #movedAt = new Map<number, number>();
  /** What the transaction that runs, or the last one, did. */
  readonly #running = new RunningTransaction();

  constructor(options: StoreOptions) {
    this.#time = options.time;
    this.#jumps = new JumpDetector(options.time);
    this.#random = options.random ?? systemRandom;
    this.#databases = options.databases;
    const { writer, reader } = this.#databases;
    this.log = new Log(writer, reader);
    this.queries = new Queries(reader);
    this.#merge = new Merge(writer, options.rules);
    this.newKinds = mergeNewKinds(writer, this.#merge, (doomed) => doomed.forEach(({ origin, seq }) => this.log.erase(origin, seq)));
    this.#truncation = new WalTruncation(writer, this.#time);
    // A process that ended before its checkpoint left what it erased in the write-ahead log.
    if (writer !== reader) this.#truncation.arm();
    this.#saveEntry = writer.prepare<[number, number, Uint8Array]>('INSERT INTO version_vector (origin, seq, hash) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash');
    this.#dropEntry = writer.prepare<[number]>('DELETE FROM version_vector WHERE origin = ?');
    this.#saveLocal = writer.prepare<[string, string | number]>('INSERT INTO local (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
    this.#readLocal = writer.prepare<[string], { value: string | number }>('SELECT value FROM local WHERE name = ?');
    this.#readBytes = reader.prepare<[], { bytes: number }>('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size');
    this.vector = new VersionVector(reader.prepare<[], VectorEntry>('SELECT origin, seq, hash FROM version_vector').all());
    this.#origin = options.resume?.origin;
    this.#version = options.resume?.version ?? 1;
    for (const { origin } of this.vector) {
      this.#movedAt.set(origin, this.#version);
      if (this.#origin !== undefined && origin !== this.#origin) this.#movedSince.add(origin);
    }
    this.#hlc = Number(this.#readLocal.get('hlc')?.value ?? 0);
    this.#savedHlc = this.#hlc;
    this.#transaction = {
      queries: writer === reader ? this.queries : new Queries(writer),
      vector: this.vector,
      append: (kind, key, payload) => this.#append(kind, key, payload),
      apply: (record) => this.#apply(record),
    };
    this.#commit = new GroupCommit(
      writer,
      {
        begin: () => this.#running.begin(),
        mark: () => this.#running.mark(),
        undo: (whole) => this.#running.takeBack(whole),
        finish: () => this.#finish(),
        committed: () => this.#committed(),
      },
      options.schedule ?? ((flush) => void setImmediate(flush)),
    );
  }

  /** The origin that this process writes under; undefined before its first write. */
  get origin(): number | undefined {
    return this.#origin;
  }

  /** The hybrid logical clock: the highest value seen or given. */
  get hlc(): number {
    return this.#hlc;
  }

  /** Rises with each move of the vector in this process; `movedAfter` tells what moved. */
  get version(): number {
    return this.#version;
  }

  /** Lifts the clock to one that was received. */
  observe(hlc: number): void {
    if (hlc > this.#hlc && Number.isSafeInteger(hlc)) this.#hlc = hlc;
  }

  /** The next write draws a new origin: somebody knows more of the present one than this process does. */
  drawNewOrigin(): void {
    this.#origin = undefined;
  }

  /** Does one of these entries know more of this process's origin than it does itself? Then it was put back, must not use a stamp twice, and goes on under a new origin [O1]. */
  heedOwnOrigin(entries: Iterable<VectorEntry>): boolean {
    for (const { origin, seq } of entries) {
      if (origin !== this.#origin || seq <= this.vector.seq(origin)) continue;
      this.drawNewOrigin();
      return true;
    }
    return false;
  }

  /** Vector entries that moved after `version`, all of them for 0; with seq 0 where nothing is left of an origin. */
  movedAfter(version: number): VectorEntry[] {
    const moved = [...this.#movedAt].filter(([, at]) => at > version);
    return moved.map(([origin]) => this.vector.get(origin) ?? { origin, seq: 0, hash: new Uint8Array() });
  }

  /** Is the entry covered, by number and hash? 'forked': it is of a history that this replica does not have. */
  covers(entry: VectorEntry): 'covered' | 'behind' | 'forked' {
    if (entry.seq === 0) return 'covered';
    const mine = this.vector.get(entry.origin);
    if (!mine || mine.seq < entry.seq) return 'behind';
    const same = mine.seq === entry.seq ? sameHash(mine.hash, entry.hash) : this.log.has(entry);
    return same ? 'covered' : 'forked';
  }

  /** Runs `fn` in the next transaction; resolves once it is fsynced. Rejects with what `fn` threw, and nothing is written. */
  write<T>(fn: (tx: Transaction) => T): Promise<Written<T>> {
    return this.#commit.write(() => {
      const before = this.#running.added.length;
      const result = fn(this.#transaction);
      const last = this.#running.added.slice(before).findLast(({ header }) => header.origin === this.#origin);
      return { result, last: last && { origin: last.header.origin, seq: last.header.seq } };
    });
  }

  /**
   * Cuts a branch of an origin's history, from the change `first` on: takes it out of the log, makes the tables anew from
   * what is left, and writes what was cut again under this process's own origin, with the same keys and clock, so that
   * nothing is there twice and nothing old wins. Resolves to where each change went; to undefined, with nothing done, where
   * `first` is not in the log any more. It takes as long as merging the whole log.
   */
  cut(first: VectorEntry): Promise<Rewritten[] | undefined> {
    return this.#commit.write(() => this.#cut(first));
  }

  /** Calls `listener` after each commit that added changes, synchronously, with these. */
  onCommit(listener: (changes: readonly LoggedChange[]) => void): void {
    this.#listeners.push(listener);
  }

  /** A local value: not replicated. */
  getLocal(name: 'replica_id' | 'cluster_id'): string | undefined {
    const value = this.#readLocal.get(name)?.value;
    return value === undefined ? undefined : String(value);
  }

  setLocal(name: 'replica_id' | 'cluster_id', value: string): Promise<unknown> {
    return this.#commit.write(() => this.#saveLocal.run(name, value));
  }

  /** Makes all merged tables anew from the log, in one transaction [B1]; see rebuildTables. */
  rebuild(progress?: (changes: number) => void): Promise<void> {
    return this.#commit.write(() => this.#erase(rebuildTables(this.#databases.writer, this.#merge, progress)));
  }

  /** How large the database is: bytes, as SQLite counts its pages. */
  databaseBytes(): number {
    return this.#readBytes.get()?.bytes ?? 0;
  }

  /** Writes what is waiting and closes the file. */
  close(): void {
    this.#commit.close();
    this.#truncation.close();
    this.#databases.close();
  }

  /** `again` is given where a change is written again. */
  #append(kind: ChangeKind, key: string, payload: Uint8Array, again?: { hlc: number; isErased: boolean }): ChangeRecord {
    if (this.#jumps.jumped()) this.#origin = undefined;
    if (this.#origin === undefined) this.#newOrigin();
    const origin = this.#origin ?? 0;
    const previous = this.vector.get(origin);
    const dependsOn = [...this.#movedSince].flatMap((other) => this.vector.get(other) ?? []);
    const record = encodeChange({ origin, seq: (previous?.seq ?? 0) + 1, hlc: again?.hlc ?? nextHlc(this.#hlc, this.#time.wallMs()) }, { kind, key, payload }, previous?.hash, dependsOn, this.#random);
    const moved = this.#movedSince;
    this.#movedSince = new Set();
    this.#running.onUndo(() => {
      this.#movedSince = moved;
    });
    this.#add(again?.isErased ? erase(record) : record);
    return record;
  }

  #newOrigin(): void {
    const origin = this.#origin;
    const moved = this.#movedSince;
    this.#running.onUndo(() => {
      this.#origin = origin;
      this.#movedSince = moved;
    });
    do this.#origin = random48(this.#random);
    while (this.vector.get(this.#origin));
    this.#movedSince = new Set([...this.vector].map((entry) => entry.origin));
  }

  #apply(record: ChangeRecord): void {
    const { origin, seq, prevHash } = record.header;
    // Somebody knows more of this process's origin than it does itself: it must not go on writing under it.
    if (origin === this.#origin) this.#origin = undefined;
    const mine = this.vector.get(origin);
    if (seq !== (mine?.seq ?? 0) + 1 || !sameHash(prevHash, mine?.hash ?? new Uint8Array())) throw new ForkedOrigin(origin, seq);
    this.#dependOn(origin);
    this.#add(record);
  }

  /** The next own change depends on where that origin is then. */
  #dependOn(origin: number): void {
    if (this.#movedSince.has(origin)) return;
    const moved = this.#movedSince;
    moved.add(origin);
    this.#running.onUndo(() => void moved.delete(origin));
  }

  #cut({ origin, seq, hash }: VectorEntry): Rewritten[] | undefined {
    const [before, at] = [seq - 1, seq].map((n) => this.log.hashInTransaction(origin, n));
    if (!at || !sameHash(at, hash)) return undefined;
    const branch = this.log.remove(origin, seq);
    this.#running.cut(origin, seq);
    this.#move(origin, before && { origin, seq: seq - 1, hash: before });
    this.#dependOn(origin);
    this.#erase(rebuildTables(this.#databases.writer, this.#merge));
    if (origin === this.#origin) this.#newOrigin();
    return branch.map(({ header, change }) => {
      // What was erased stays so, and keeps its place.
      const again = this.#append(header.kind, header.key, change.payload, { hlc: header.hlc, isErased: isErased(change) });
      return { from: { origin, seq: header.seq }, to: again.header };
    });
  }

  /** Log, tables and vector move as one. */
  #add(record: ChangeRecord): void {
    const { origin, seq, hlc } = record.header;
    this.#running.added.push(this.log.insert(record));
    this.#erase(this.#merge.apply(record));
    const highest = this.#hlc;
    this.#move(origin, { origin, seq, hash: record.hash });
    this.observe(hlc);
    this.#running.onUndo(() => {
      this.#hlc = highest;
    });
  }

  #move(origin: number, entry: VectorEntry | undefined): void {
    const before = this.vector.get(origin);
    this.vector.put(origin, entry);
    this.#running.moved.add(origin);
    this.#running.onUndo(() => this.vector.put(origin, before));
  }

  #erase(doomed: Doomed): void {
    for (const { origin, seq } of doomed) {
      const arrival = this.log.erase(origin, seq);
      if (arrival !== undefined) this.#running.erased.push(arrival);
    }
  }

  #finish(): void {
    for (const origin of this.#running.moved) {
      const entry = this.vector.get(origin);
      if (entry) this.#saveEntry.run(origin, entry.seq, entry.hash);
      else this.#dropEntry.run(origin);
    }
    if (this.#hlc !== this.#savedHlc) this.#saveLocal.run('hlc', this.#hlc);
  }

  #committed(): void {
    this.#savedHlc = this.#hlc;
    const { erased, cuts, moved } = this.#running;
    const added = this.#running.outcome();
    if (erased.length > 0) this.#truncation.arm();
    for (const { origin, seq } of cuts) this.log.forget(origin, seq);
    this.log.committed(added, erased);
    if (added.length === 0 && cuts.length === 0) return;
    this.#version += 1;
    for (const origin of moved) this.#movedAt.set(origin, this.#version);
    for (const listener of this.#listeners) listener(added);
  }
}
