import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { ReadCopyResponse } from '@parley/proto/replication';
import type { Logger } from 'pino';
import type { Time } from '../stamp/clock.ts';
import { stripIdentity } from '../store/file-copy.ts';
import { removeTemporaryFile } from '../store/temporary-files.ts';
import type { Connect, ReplicationLink } from './link.ts';

/** Above this many changes a joiner copies a donor's file first. Pulling applies some thousand changes a second, so fewer take no longer than the copy would. */
export const COPY_ABOVE_CHANGES = 50_000;
/** So often all donors are tried before the changes are pulled after all: slower, but that needs no room on a donor's disk, nor an equal version of Parley. */
export const MAX_COPY_ROUNDS = 3;
/** How long a joiner that was told that the copy is being made waits before it asks again: the donor holds its answer too. */
const ASK_AGAIN_MS = 200;
/** What is written is brought to the disk every so many bytes, for the reason that flushing.ts gives. */
const FLUSH_EVERY_BYTES = 8 * 1024 * 1024;
/** The log says how far the copying is this often. */
const TELL_EVERY_MS = 2000;

export interface FetchingCopy {
  readonly connect: Connect;
  readonly time: Time;
  readonly log: Logger;
  readonly clusterId: string;
  /** Addresses to try, one after the other: host:port. */
  readonly donors: readonly string[];
  /** Where to put the copy. */
  readonly file: string;
  /** The highest version of the database's shape that this program knows. */
  readonly knownSchema: number;
  readonly isClosed: () => boolean;
}

/**
 * Brings a donor's database to `file`, equal to the donor's copy by SHA-256 and then without the donor's identity, ready to be
 * moved in [J3]. An unfinished or damaged one is started over with the next donor. False when no donor gave one, or closed meanwhile; nothing is left in `file` then.
 */
export async function fetchCopy(fetching: FetchingCopy): Promise<boolean> {
  const { connect, donors, file, log, isClosed } = fetching;
  for (const donor of donors) {
    if (isClosed()) break;
    const link = connect(donor);
    try {
      log.info({ donor }, "copying a donor's database");
      await fetchFrom(link, donor, fetching);
      stripIdentity(file);
      return true;
    } catch (error) {
      removeTemporaryFile(file);
      if (!isClosed()) log.warn({ donor, reason: error instanceof Error ? error.message : String(error) }, 'the copy was not finished; starting over');
    } finally {
      link.close();
    }
  }
  return false;
}

async function fetchFrom(link: ReplicationLink, donor: string, fetching: FetchingCopy): Promise<void> {
  const { file, knownSchema } = fetching;
  const first = await askFirst(link, fetching);
  if (first.schema > knownSchema) {
    throw new Error(`the donor's database has schema ${first.schema}, this program knows ${knownSchema}: run the donor's version of Parley to join by copying`);
  }
  removeTemporaryFile(file);
  const output = await open(file, 'wx', 0o600);
  try {
    await writeAll(link, donor, first, output, fetching);
    await output.sync();
  } finally {
    await output.close();
  }
}

/** Asks until the donor has made its copy. */
async function askFirst(link: ReplicationLink, { clusterId, time, isClosed }: FetchingCopy): Promise<ReadCopyResponse> {
  for (;;) {
    const response = await link.readCopy({ clusterId, copyId: '', offset: 0 });
    if (isClosed()) throw new Error('this replica is closing');
    if (response.copyId !== '') return response;
    await new Promise<void>((resolve) => void time.after(ASK_AGAIN_MS, resolve));
  }
}

async function writeAll(link: ReplicationLink, donor: string, first: ReadCopyResponse, output: FileHandle, { clusterId, time, log, isClosed }: FetchingCopy): Promise<void> {
  const { copyId, size } = first;
  const sha256 = createHash('sha256');
  let { chunk } = first;
  let unflushed = 0;
  let toldAt = time.monotonicMs();
  for (let bytes = 0; ; ) {
    if (chunk.length === 0 || bytes + chunk.length > size) throw new Error(`the copy is not of the size that the donor told (${bytes + chunk.length} of ${size} bytes)`);
    sha256.update(chunk);
    await output.write(chunk);
    bytes += chunk.length;
    unflushed += chunk.length;
    if (unflushed >= FLUSH_EVERY_BYTES) {
      await output.datasync();
      unflushed = 0;
    }
    if (bytes === size) break;
    if (time.monotonicMs() - toldAt > TELL_EVERY_MS) {
      toldAt = time.monotonicMs();
      log.info({ donor, bytes, of: size }, 'copying');
    }
    ({ chunk } = await link.readCopy({ clusterId, copyId, offset: bytes }));
    if (isClosed()) throw new Error('this replica is closing');
  }
  if (!sha256.digest().equals(first.sha256)) throw new Error("the copy was damaged on its way or on the donor's disk: its SHA-256 is not the one that the donor told");
  log.info({ donor, bytes: size }, 'copied');
}
