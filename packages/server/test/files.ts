import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** All bytes of a database: of its file, -wal, -shm and whatever else lies beside it. */
export function bytesOf(dbFile: string): Buffer {
  const names = readdirSync(dirname(dbFile)).filter((name) => name.startsWith(basename(dbFile)));
  return Buffer.concat(names.map((name) => readFileSync(join(dirname(dbFile), name))));
}
