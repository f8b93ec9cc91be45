import type { ChangeKind } from '@parley/proto/replication';
import { random48, type RandomBytes, systemRandom } from '../random.ts';
import { nextHlc, type Time } from '../stamp/clock.ts';
import { sameHash, type VectorEntry, VersionVector } from '../stamp/version-vector.ts';
import { type ChangeRecord, encodeChange } from './change.ts';
import { GroupCommit } from './commit.ts';
import type { Databases } from './database.ts';
import { type LoggedChange, Log } from './log.ts';
import { Merge } from './merge.ts';
import { Queries } from './queries/queries.ts';

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
  /** See GroupCommit. */
  readonly schedule?: (flush: () => void) => void;
}

/** A wall clock that moved this much against the monotonic one: the machine slept or was put back to an earlier state. */
const JUMP_MS = 1000;

/**
 * The log and the tables that are its merge, in one SQLite file. Invariant [S1]: tables are a function of the version
 * vector, at every moment: each change is appended and merged in one transaction, and the vector moves with it.
 */
export class Store {
  readonly log: Log;
  /** Reads of what is committed. */
  readonly queries: Queries;
  readonly vector: VersionVector;

  readonly #time: Time;
  readonly #random: RandomBytes;
  readonly #databases: Databases;
  readonly #commit: GroupCommit;
  readonly #merge: Merge;
  readonly #transaction: Transaction;
  readonly #listeners: ((changes: readonly LoggedChange[]) => void)[] = [];
  readonly #saveEntry;
  readonly #saveLocal;
  readonly #readLocal;

  #origin: number | undefined;
  #drift: number;
  #hlc: number;
  #savedHlc: number;
  /** Other origins that moved since this origin's last change: what the next one depends on. */
  #movedSince = new Set<number>();
  #version = 1;
  #movedAt = new Map<number, number>();
  #added: LoggedChange[] = [];
  /** How to take back, newest last, what the running transaction changed in memory. */
  #undo: (() => void)[] = [];
  #undoMark = 0;
  #addedMark = 0;

  constructor(options: StoreOptions) {
    this.#time = options.time;
    this.#drift = this.#time.wallMs() - this.#time.monotonicMs();
    this.#random = options.random ?? systemRandom;
    this.#databases = options.databases;
    const { writer, reader } = this.#databases;
    this.log = new Log(writer, reader);
    this.queries = new Queries(reader);
    this.#merge = new Merge(writer);
    this.#saveEntry = writer.prepare<[number, number, Uint8Array]>('INSERT INTO version_vector (origin, seq, hash) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash');
    this.#saveLocal = writer.prepare<[string, string | number]>('INSERT INTO local (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
    this.#readLocal = writer.prepare<[string], { value: string | number }>('SELECT value FROM local WHERE name = ?');
    this.vector = new VersionVector(reader.prepare<[], VectorEntry>('SELECT origin, seq, hash FROM version_vector').all());
    for (const { origin } of this.vector) this.#movedAt.set(origin, this.#version);
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
        begin: () => this.#begin(),
        mark: () => this.#mark(),
        undo: (whole) => this.#takeBack(whole),
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

  /** Vector entries that moved after `version`; all of them for 0. */
  movedAfter(version: number): VectorEntry[] {
    return [...this.vector].filter(({ origin }) => (this.#movedAt.get(origin) ?? 0) > version);
  }

  /** Is the entry covered, by number and hash? 'forked': it is of a history that this replica does not have. */
  covers(entry: VectorEntry): 'covered' | 'behind' | 'forked' {
    const mine = this.vector.get(entry.origin);
    if (!mine || mine.seq < entry.seq) return 'behind';
    const same = mine.seq === entry.seq ? sameHash(mine.hash, entry.hash) : this.log.has(entry);
    return same ? 'covered' : 'forked';
  }

  /** Runs `fn` in the next transaction; resolves once it is fsynced. Rejects with what `fn` threw, and nothing is written. */
  write<T>(fn: (tx: Transaction) => T): Promise<Written<T>> {
    return this.#commit.write(() => {
      const before = this.#added.length;
      const result = fn(this.#transaction);
      const last = this.#added.slice(before).findLast(({ header }) => header.origin === this.#origin);
      return { result, last: last && { origin: last.header.origin, seq: last.header.seq } };
    });
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

  /** Writes what is waiting and closes the file. */
  close(): void {
    this.#commit.close();
    this.#databases.close();
  }

  #append(kind: ChangeKind, key: string, payload: Uint8Array): ChangeRecord {
    const wall = this.#time.wallMs();
    const drift = wall - this.#time.monotonicMs();
    if (Math.abs(drift - this.#drift) > JUMP_MS) this.#origin = undefined;
    this.#drift = drift;
    if (this.#origin === undefined) this.#newOrigin();
    const origin = this.#origin ?? 0;
    const hlc = nextHlc(this.#hlc, wall);
    const previous = this.vector.get(origin);
    const dependsOn = [...this.#movedSince].flatMap((other) => this.vector.get(other) ?? []);
    const record = encodeChange({ origin, seq: (previous?.seq ?? 0) + 1, hlc }, { kind, key, payload }, previous?.hash, dependsOn, this.#random);
    const moved = this.#movedSince;
    this.#movedSince = new Set();
    this.#undo.push(() => {
      this.#movedSince = moved;
    });
    this.#add(record);
    return record;
  }

  #newOrigin(): void {
    const origin = this.#origin;
    const moved = this.#movedSince;
    this.#undo.push(() => {
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
    if (!this.#movedSince.has(origin)) {
      const moved = this.#movedSince;
      moved.add(origin);
      this.#undo.push(() => void moved.delete(origin));
    }
    this.#add(record);
  }

  /** Log, tables and vector move as one. */
  #add(record: ChangeRecord): void {
    const { origin, seq, hlc } = record.header;
    this.#added.push(this.log.insert(record));
    this.#merge.apply(record);
    const before = this.vector.get(origin);
    const highest = this.#hlc;
    this.vector.set({ origin, seq, hash: record.hash });
    this.observe(hlc);
    this.#undo.push(() => {
      if (before) this.vector.set(before);
      else this.vector.delete(origin);
      this.#hlc = highest;
    });
  }

  #begin(): void {
    this.#undo = [];
    this.#added = [];
  }

  #mark(): void {
    this.#undoMark = this.#undo.length;
    this.#addedMark = this.#added.length;
  }

  #takeBack(whole: boolean): void {
    for (const undo of this.#undo.splice(whole ? 0 : this.#undoMark).reverse()) undo();
    this.#added.length = whole ? 0 : this.#addedMark;
  }

  #finish(): void {
    const moved = new Set(this.#added.map(({ header }) => header.origin));
    for (const origin of moved) {
      const entry = this.vector.get(origin);
      if (entry) this.#saveEntry.run(origin, entry.seq, entry.hash);
    }
    if (this.#hlc !== this.#savedHlc) this.#saveLocal.run('hlc', this.#hlc);
  }

  #committed(): void {
    this.#savedHlc = this.#hlc;
    if (this.#added.length === 0) return;
    this.#version += 1;
    for (const { header } of this.#added) this.#movedAt.set(header.origin, this.#version);
    this.log.committed(this.#added);
    for (const listener of this.#listeners) listener(this.#added);
  }
}
