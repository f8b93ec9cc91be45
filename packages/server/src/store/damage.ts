import { closeSync, existsSync, openSync, readdirSync, readSync, renameSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import Database from '@parley/sqlite';

/** 'PRLY' in the file's header marks a database as Parley's. */
export const APPLICATION_ID = 0x50524c59;
/** Where SQLite's file format has the application id. */
const APPLICATION_ID_OFFSET = 68;
/** Between a file's name and the time at which it was set aside. */
const SET_ASIDE = '.corrupt-';

/** SQLite's code of a failure, as `SQLITE_FULL`; empty for any other failure. */
export function sqliteCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_') ? code : '';
}

/** Does the failure say that the file itself is damaged? */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error));
}

/**
 * Why the database at `path` is damaged, in one line; undefined where it is sound, empty or missing. Reads the whole file,
 * with the write-ahead log (`PRAGMA quick_check`).
 */
export function findDamage(path: string): string | undefined {
  if (!existsSync(path) || statSync(path).size === 0) return undefined;
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const found = String(db.pragma('quick_check(1)', { simple: true }));
    return found === 'ok' ? undefined : found.replace(/\*\*\*.*\*\*\*/g, '').replace(/\s+/g, ' ').trim();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return error instanceof Error ? error.message : String(error);
  } finally {
    db.close();
  }
}

/** Was this file a Parley database? Told without SQLite, which reads nothing of a file with a damaged header; the lock beside it says that a server used it. */
export function wasOurs(path: string): boolean {
  if (existsSync(`${path}.lock`)) return true;
  const id = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, id, 0, id.length, APPLICATION_ID_OFFSET);
  } finally {
    closeSync(file);
  }
  return id.readUInt32BE() === APPLICATION_ID;
}

/** Gives a database's files another name, which it returns: `FILE.corrupt-<UTC time>`. The database itself last, or a crash in between would leave its -wal to a new one. */
export function setAside(path: string, wallMs: number): string {
  const aside = `${path}${SET_ASIDE}${new Date(wallMs).toISOString().replace(/[-:]|\.\d+/g, '')}`;
  for (const suffix of ['-wal', '-shm', '']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

/** Does a damaged file of that name lie beside it? Then an empty one in its place is no new replica. */
export function wasSetAside(path: string): boolean {
  return existsSync(dirname(path)) && readdirSync(dirname(path)).some((name) => name.startsWith(basename(path) + SET_ASIDE));
}
