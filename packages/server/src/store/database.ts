import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from '@parley/sqlite';
import { eraseStored } from './change.ts';
import { APPLICATION_ID, findDamage, isDamage, sqliteCode, wasOurs } from './damage.ts';
import { MIGRATIONS } from './schema.ts';
import { removeLeftOvers } from './temporary-files.ts';

export type Connection = Database.Database;

/** Pages in the write-ahead log after which a commit moves them into the file: fewer than SQLite's own 1000 hold the event loop for less, and cost no more in all. */
const CHECKPOINT_PAGES = 256;

/** Another connection, as a `sqlite3` shell, may hold a lock for so long before a write fails. */
export const BUSY_TIMEOUT_MS = 2000;

/** The database cannot be used; the message is one line for the operator. Nothing was written. */
export class UnusableDatabase extends Error {}

export interface Databases {
  /** The connection that writes, and reads inside transactions. */
  readonly writer: Connection;
  /** Reads what is committed. The same as `writer` for a database in memory. */
  readonly reader: Connection;
  readonly close: () => void;
}

/** Opens a database in memory, empty or from an image that `serialize()` made. */
export function openInMemory(image?: Buffer): Databases {
  const both = setUp(new Database(image ?? ':memory:'));
  migrate(both);
  return { writer: both, reader: both, close: () => both.close() };
}

export interface OpenOptions {
  /** Called, with the reason, where the file is damaged [Q1]: it throws, or sets the file aside. Normally it refuses. */
  readonly onDamage?: (reason: string) => void;
  /** A file that takes the place of the one at `path`. It is known to be sound. */
  readonly copy?: string | undefined;
}

/**
 * Opens, and where needed creates and migrates, the database at `path`. Temporary files that a killed process left beside it are removed. Throws
 * UnusableDatabase.
 */
export function openDatabase(path: string, { onDamage = (reason) => refuseDamaged(path, reason), copy }: OpenOptions = {}): Databases {
  inspectDatabase(path);
  const opened: Connection[] = [];
  const close = () => {
    for (const db of opened.splice(0).reverse()) db.close();
  };
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    opened.push(lock(path));
    if (copy !== undefined) moveIn(copy, path);
    removeLeftOvers(path);
    const damage = copy === undefined ? findDamage(path) : undefined;
    if (damage !== undefined) onDamage(damage);
    const writer = connect(path);
    opened.push(writer);
    migrate(writer);
    const reader = connect(path);
    opened.push(reader);
    return { writer, reader, close };
  } catch (error) {
    close();
    throw unusable(path, error);
  }
}

/** The copy is whole or not there at all, also after a power cut; a write-ahead log of what was there before would not fit it. */
function moveIn(copy: string, path: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  renameSync(copy, path);
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

/** Two processes on one file would each go by their own memory of it. The lock lasts as long as the connection, and no longer than the process. */
function lock(path: string): Connection {
  const db = new Database(`${path}.lock`, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (sqliteCode(error) !== 'SQLITE_BUSY') throw error;
    throw new UnusableDatabase(`${path} is in use by another parley-server; end that one, or choose another --db-file`);
  }
}

/** Refuses a damaged database. */
export function refuseDamaged(path: string, reason: string): never {
  throw new UnusableDatabase(
    `${path} is damaged (${reason}); start the replica with --join and the address of another one, without --first, and it copies the cluster anew, or restore a backup`,
  );
}

function unusable(path: string, error: unknown): UnusableDatabase {
  if (error instanceof UnusableDatabase) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new UnusableDatabase(`${path} cannot be opened as a Parley database (${reason}); choose another --db-file, or restore it from a backup`);
}

function connect(path: string): Connection {
  return setUp(new Database(path));
}

function setUp(db: Connection): Connection {
  db.pragma('journal_mode = WAL');
  // Said explicitly: better-sqlite3 otherwise falls back to NORMAL after the first write in WAL mode, and an
  // acknowledged write would not be on disk.
  db.pragma('synchronous = FULL');
  db.pragma('secure_delete = ON');
  db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  return db;
}

/** Refuses a file that is not ours or is newer than this program, without writing to it; one of ours that is damaged is for openDatabase. Throws UnusableDatabase. */
export function inspectDatabase(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  let db: Connection | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    const id = db.pragma('application_id', { simple: true });
    if (id !== APPLICATION_ID) throw new UnusableDatabase(`${path} is not a Parley database; choose another --db-file`);
    const version = Number(db.pragma('user_version', { simple: true }));
    if (version > MIGRATIONS.length) {
      throw new UnusableDatabase(`${path} was written by a newer Parley (schema ${version}, this one knows ${MIGRATIONS.length}); run that version or a newer one`);
    }
  } catch (error) {
    if (!isDamage(error) || !wasOurs(path)) throw unusable(path, error);
  } finally {
    db?.close();
  }
}

/** Brings the shape of a database, an empty one too, to the newest version. */
export function migrate(db: Connection): void {
  const done = Number(db.pragma('user_version', { simple: true }));
  if (done === MIGRATIONS.length) return;
  db.function('erased', { deterministic: true }, (change: unknown) => (change instanceof Uint8Array ? (eraseStored(change) ?? change) : change));
  db.transaction(() => {
    db.pragma(`application_id = ${APPLICATION_ID}`);
    for (const sql of MIGRATIONS.slice(done)) db.exec(sql);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  }).immediate();
}
