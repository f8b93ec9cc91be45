import { closeSync, openSync } from 'node:fs';
import Database from '@parley/sqlite';
import { sameHash, type VectorEntry, VersionVector } from '../stamp/version-vector.ts';
import { hashOfStored, MalformedChange } from './change.ts';
import { type Connection, migrate } from './database.ts';
import { shrinkWal } from './file-copy.ts';
import { hashTables } from './hash-tables.ts';
import { Merge } from './merge.ts';
import { mergeLogged } from './rebuild.ts';
import { removeTemporaryFile } from './temporary-files.ts';

/** What a comparison of the tables with the log came to. */
export interface TablesProof {
  /** Are the tables what the log makes of them? 'moved on': that cannot be told, as a message was erased or the log cut while they were compared. */
  readonly own: 'equal' | 'differs' | 'moved on';
  /** The vector that the proof is about: the one that was asked for, or that of the moment. */
  readonly at: readonly VectorEntry[];
  /** The hash of the tables at that vector. 'behind': the log does not cover it; 'moved on': what the tables were then cannot be made again. */
  readonly hash: Uint8Array | 'behind' | 'moved on';
  /** What the log makes of the moment's vector: with it others are compared, though the tables here may be damaged. */
  readonly rebuilt: Uint8Array;
}

/** The moment that is looked at: the vector, and the hash of the tables at it. */
interface Snapshot {
  readonly vector: VersionVector;
  readonly hash: Buffer;
  readonly openDeletions: number;
}

/**
 * Hashes the tables of the database `file`, makes them anew from its log in the file `scratch`, and hashes those [G2]. With `asked`, the hash is
 * that of the tables at this earlier vector. It takes as long as merging the whole log: for a worker thread. A snapshot is held only while the
 * tables are hashed: while one is held, the write-ahead log can only grow.
 */
export function proveTables(file: string, scratch: string, asked?: readonly VectorEntry[]): TablesProof {
  const db = new Database(file, { fileMustExist: true });
  try {
    const now = takeSnapshot(db);
    shrinkWal(db);
    const at = asked ? new VersionVector(asked) : now.vector;
    if (asked && !covers(db, now.vector, at)) return { own: 'moved on', at: [...at], hash: 'behind', rebuilt: new Uint8Array() };
    return withScratch(scratch, (rebuilt) => compare(db, rebuilt, now, at));
  } catch (error) {
    if (!(error instanceof MalformedChange)) throw error;
    // Nothing can be made of such a log: the tables are not what it makes of them.
    return { own: 'differs', at: [...(asked ?? [])], hash: 'moved on', rebuilt: new Uint8Array() };
  } finally {
    db.close();
  }
}

function takeSnapshot(db: Connection): Snapshot {
  return db.transaction(() => ({
    vector: readVector(db),
    openDeletions: countOpenDeletions(db),
    hash: hashTables(db),
  }))();
}

/** Makes the tables anew up to `at`, and then up to the snapshot. */
function compare(db: Connection, rebuilt: Connection, now: Snapshot, at: VersionVector): TablesProof {
  const merge = new Merge(rebuilt);
  const isAtNow = now.vector.equals(at);
  let hash: TablesProof['hash'] = now.openDeletions > 0 ? 'moved on' : now.hash;
  let merged = 0;
  if (!isAtNow) {
    merged = rebuilt.transaction(() => mergeLogged(db, merge, ({ header }) => header.seq <= at.seq(header.origin)).changes)();
    hash = merged === sizeOf(at) && countOpenDeletions(rebuilt) === 0 ? hashTables(rebuilt) : 'moved on';
  }
  const isLater = ({ header: { origin, seq } }: { header: { origin: number; seq: number } }) => seq <= now.vector.seq(origin) && (isAtNow || seq > at.seq(origin));
  merged += rebuilt.transaction(() => mergeLogged(db, merge, isLater).changes)();
  const rebuiltHash = hashTables(rebuilt);
  const isSame = rebuiltHash.equals(now.hash);
  // What was erased or cut since the snapshot is missing in the log that was read after it.
  const hasMoved = countOpenDeletions(rebuilt) !== now.openDeletions || isCut(db, now.vector);
  const isWhole = merged === sizeOf(now.vector);
  return { own: isSame && isWhole ? 'equal' : hasMoved ? 'moved on' : 'differs', at: [...at], hash, rebuilt: rebuiltHash };
}

/** Covered by number and hash: the log has exactly these changes. */
function covers(db: Connection, mine: VersionVector, at: VersionVector): boolean {
  const stored = db.prepare<[number, number], { change: Buffer }>('SELECT change FROM changes WHERE origin = ? AND seq = ?');
  return [...at].every(({ origin, seq, hash }) => {
    const row = seq <= mine.seq(origin) ? stored.get(origin, seq) : undefined;
    return row !== undefined && sameHash(hashOfStored(row.change), hash);
  });
}

/** Was a branch cut [F3] that the vector had? A change that is merely missing in the log is damage. */
function isCut(db: Connection, before: VersionVector): boolean {
  const now = readVector(db);
  const stored = db.prepare<[number, number], { change: Buffer }>('SELECT change FROM changes WHERE origin = ? AND seq = ?');
  return [...before].some(({ origin, seq, hash }) => {
    if (now.seq(origin) < seq) return true;
    const row = stored.get(origin, seq);
    return row !== undefined && !sameHash(hashOfStored(row.change), hash);
  });
}

function readVector(db: Connection): VersionVector {
  return new VersionVector(db.prepare<[], VectorEntry>('SELECT origin, seq, hash FROM version_vector').all());
}

/** Messages that are deleted, while the tombstone that says so is beyond the vector [E4]: another replica at this vector may still have the text. */
function countOpenDeletions(db: Connection): number {
  return db.prepare<[], { n: number }>('SELECT count(*) AS n FROM messages WHERE state = 2 AND hlc = 0').get()?.n ?? 0;
}

function sizeOf(vector: VersionVector): number {
  return [...vector].reduce((sum, { seq }) => sum + seq, 0);
}

/** An empty database that is lost with this call: it need not survive anything. */
function withScratch<T>(path: string, use: (db: Connection) => T): T {
  removeTemporaryFile(path);
  closeSync(openSync(path, 'wx', 0o600));
  const db = new Database(path);
  try {
    db.pragma('journal_mode = MEMORY');
    db.pragma('synchronous = OFF');
    migrate(db);
    return use(db);
  } finally {
    db.close();
    removeTemporaryFile(path);
  }
}
