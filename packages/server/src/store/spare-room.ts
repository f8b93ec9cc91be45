import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Nothing as large as the database is put beside it where less than this would be left on the disk: the replica's own writes come first. */
const SPARE_BYTES = 256 * 1024 * 1024;

/** There is no room for another file of the database's size beside it. */
export class NoRoom extends Error {}

/** Rejects with NoRoom where another file of the database's size would leave too little of the disk. */
export async function checkRoom(dbFile: string): Promise<void> {
  const [{ bavail, bsize }, { size }] = await Promise.all([statfs(dirname(dbFile)), stat(dbFile)]);
  if (bavail * bsize < size + SPARE_BYTES) throw new NoRoom(`the disk has no room for another ${size} bytes with ${SPARE_BYTES} left over`);
}
