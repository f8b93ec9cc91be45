import { rmSync } from 'node:fs';

/** Files beside the database that last no longer than what they are for: a copy for joiners, the copy that this replica joins by, a rebuild to compare with. */
const PURPOSES = ['copy', 'joining', 'scratch'] as const;

/** Where the temporary file of that purpose lies: beside the database, so on a disk that has room for it, and readable by the same user alone. */
export function temporaryFile(dbFile: string, purpose: (typeof PURPOSES)[number]): string {
  return `${dbFile}.${purpose}`;
}

/** Removes a temporary file, and what SQLite keeps beside it; it may be missing. */
export function removeTemporaryFile(path: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}

/** Removes what a process that was killed left beside the database. */
export function removeLeftOvers(dbFile: string): void {
  for (const purpose of PURPOSES) removeTemporaryFile(temporaryFile(dbFile, purpose));
}
