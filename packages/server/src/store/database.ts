import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from '@parley/sqlite';
import { MIGRATIONS } from './schema.ts';

export type Connection = Database.Database;

/** 'PRLY' in the file's header marks a database as Parley's. */
const APPLICATION_ID = 0x50524c59;

/** The database cannot be used; the message is one line for the operator. Nothing was written. */
export class UnusableDatabase extends Error {}

export interface Databases {
  /** The connection that writes, and reads inside transactions. */
  readonly writer: Connection;
  /** Reads what is committed. The same as `writer` for a database in memory. */
  readonly reader: Connection;
}

/** Opens, and where needed creates and migrates, the database at `path`, or one in memory for `:memory:`. Throws UnusableDatabase. */
export function openDatabase(path: string): Databases {
  inspectDatabase(path);
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const writer = connect(path);
  migrate(writer);
  return { writer, reader: path === ':memory:' ? writer : connect(path) };
}

function connect(path: string): Connection {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  // Said explicitly: better-sqlite3 otherwise falls back to NORMAL after the first write in WAL mode, and an
  // acknowledged write would not be on disk.
  db.pragma('synchronous = FULL');
  db.pragma('secure_delete = ON');
  db.pragma('busy_timeout = 2000');
  return db;
}

/** Refuses a file that is not ours or is newer than this program, without writing to it. Throws UnusableDatabase. */
export function inspectDatabase(path: string): void {
  if (path === ':memory:' || !existsSync(path) || statSync(path).size === 0) return;
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
    if (error instanceof UnusableDatabase) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableDatabase(`${path} cannot be opened as a Parley database (${reason}); choose another --db-file, or restore it from a backup`);
  } finally {
    db?.close();
  }
}

function migrate(db: Connection): void {
  const done = Number(db.pragma('user_version', { simple: true }));
  if (done === MIGRATIONS.length) return;
  db.transaction(() => {
    db.pragma(`application_id = ${APPLICATION_ID}`);
    for (const sql of MIGRATIONS.slice(done)) db.exec(sql);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  }).immediate();
}
