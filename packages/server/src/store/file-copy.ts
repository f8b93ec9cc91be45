import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import Database from '@parley/sqlite';
import { type Connection, inspectDatabase } from './database.ts';

/** What a reader of a copy has to know of it. */
export interface CopyMade {
  readonly bytes: number;
  /** SHA-256 of the whole file. */
  readonly sha256: Uint8Array;
  /** The version of its shape: how many migrations it has seen. */
  readonly schema: number;
}

/** Read at once while a copy is hashed: large enough that calls cost nothing, small enough for any memory. */
const HASHED_AT_ONCE_BYTES = 1024 * 1024;

/**
 * Copies what is committed in the database `from` to the new file `to`, for this user alone; writers go on meanwhile. It
 * holds only what is live: no page that was freed, so no text that was erased. It takes seconds: for a worker thread.
 */
export function copyDatabase(from: string, to: string): CopyMade {
  closeSync(openSync(to, 'wx', 0o600));
  const db = new Database(from, { fileMustExist: true });
  try {
    // An empty file is one that VACUUM INTO may fill.
    db.prepare('VACUUM INTO ?').run(to);
    shrinkWal(db);
  } finally {
    db.close();
  }
  const copy = new Database(to, { readonly: true });
  const schema = Number(copy.pragma('user_version', { simple: true }));
  copy.close();
  return { ...hashFile(to), schema };
}

/**
 * Moves what the write-ahead log gathered into the file: while a snapshot was held it could only grow, and the next commit on the main thread
 * would have to move all of it at once. Holds no writer.
 */
export function shrinkWal(db: Connection): void {
  db.pragma('wal_checkpoint(PASSIVE)');
}

function hashFile(path: string): { bytes: number; sha256: Uint8Array } {
  const sha256 = createHash('sha256');
  const buffer = Buffer.alloc(HASHED_AT_ONCE_BYTES);
  const file = openSync(path, 'r');
  try {
    let bytes = 0;
    for (let read = 1; read > 0; bytes += read) {
      read = readSync(file, buffer);
      sha256.update(buffer.subarray(0, read));
    }
    return { bytes, sha256: sha256.digest() };
  } finally {
    closeSync(file);
  }
}

/**
 * Takes the identity of the replica that a copy is of out of it: who it is, and which cluster it is a member of; a copy is
 * no member until it is level. Throws UnusableDatabase.
 */
export function stripIdentity(path: string): void {
  inspectDatabase(path);
  const db = new Database(path, { fileMustExist: true });
  try {
    db.exec("DELETE FROM local WHERE name IN ('replica_id', 'cluster_id')");
  } finally {
    db.close();
  }
}
