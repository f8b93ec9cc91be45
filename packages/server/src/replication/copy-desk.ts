import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ReadCopyRequest, ReadCopyResponse } from '@parley/proto/replication';
import type { Logger } from 'pino';
import { Refusal } from '../errors.ts';
import { randomId } from '../ids.ts';
import type { RandomBytes } from '../random.ts';
import type { Time } from '../stamp/clock.ts';
import type { CopyMade } from '../store/file-copy.ts';
import { checkRoom, NoRoom } from '../store/spare-room.ts';
import { removeTemporaryFile } from '../store/temporary-files.ts';
import { holdAnswer } from './hold-answer.ts';

/** A chunk is put together and sent in a few milliseconds: a larger one would hold reads and streams. */
const CHUNK_BYTES = 1024 * 1024;
/** A copy that nobody has read from for so long is dropped: it takes as much disk as the database. */
const DROP_AFTER_MS = 60_000;

interface Copy extends CopyMade {
  readonly id: string;
}

export interface CopyDeskOptions {
  readonly dbFile: string;
  /** Where the copy is put. */
  readonly file: string;
  /** Copies the one to the other, which is not there yet. */
  readonly make: (from: string, to: string) => Promise<CopyMade>;
  readonly time: Time;
  readonly random: RandomBytes;
  readonly log: Logger;
}

/** Hands the database out to joiners [J3]: makes one copy at a time, which all of them share, and drops it when nobody reads it any more. */
export class CopyDesk {
  readonly #options: CopyDeskOptions;
  #copy: Copy | undefined;
  #making: Promise<void> | undefined;
  /** What the last copy failed with when nobody waited for it any more: the next who asks is told, and goes on with another replica. */
  #untold: { readonly error: unknown } | undefined;
  #cancelDrop = () => {};
  #isClosed = false;

  constructor(options: CopyDeskOptions) {
    this.#options = options;
  }

  /** Handles ReadCopy, but for whose cluster it is. */
  async read({ copyId, offset }: ReadCopyRequest): Promise<ReadCopyResponse> {
    if (copyId !== '' && copyId !== this.#copy?.id) throw new Refusal('COPY_GONE', 'there is no such copy any more; ask for a new one');
    if (!this.#copy) await this.#makeAWhile();
    if (!this.#copy) return { copyId: '', size: 0, sha256: new Uint8Array(), schema: 0, chunk: new Uint8Array() };
    const { id, bytes: size, sha256, schema } = this.#copy;
    this.#dropLater();
    return { copyId: id, size, sha256, schema, chunk: await this.#chunk(offset) };
  }

  /** Drops the copy. `make` has to be ended by whoever brought it. */
  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  /** Makes the copy, or waits for it, but not longer than an answer can be held. */
  async #makeAWhile(): Promise<void> {
    if (!this.#making) this.#throwUntold();
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    this.#making.catch((error: unknown) => {
      this.#untold = { error };
    });
    try {
      await holdAnswer(this.#making, this.#options.time);
    } catch (error) {
      this.#untold = undefined;
      throw error;
    }
  }

  /** Throws what a joiner was not told yet, once: the copy is tried again for whoever asks then. */
  #throwUntold(): void {
    const untold = this.#untold;
    this.#untold = undefined;
    if (untold) throw untold.error;
  }

  async #make(): Promise<void> {
    const { dbFile, file, make, random, log, time } = this.#options;
    removeTemporaryFile(file);
    await checkRoom(dbFile).catch((error: unknown) => {
      throw error instanceof NoRoom ? new Refusal('NO_ROOM', `${error.message}; ask another replica`) : error;
    });
    const startedAt = time.monotonicMs();
    log.info('copying the database for a replica that joins');
    try {
      const made = await make(dbFile, file);
      if (this.#isClosed) throw new Refusal('DRAINING', 'this replica is shutting down; ask another one');
      this.#copy = { ...made, id: randomId(random) };
    } catch (error) {
      removeTemporaryFile(file);
      throw error;
    }
    log.info({ bytes: this.#copy.bytes, ms: Math.round(time.monotonicMs() - startedAt) }, 'copied the database');
    this.#dropLater();
  }

  async #chunk(offset: number): Promise<Uint8Array> {
    const file = await open(this.#options.file, constants.O_RDONLY).catch(() => {
      throw new Refusal('COPY_GONE', 'there is no such copy any more; ask for a new one');
    });
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  #dropLater(): void {
    const { time, log } = this.#options;
    this.#cancelDrop();
    this.#cancelDrop = time.after(DROP_AFTER_MS, () => {
      this.#drop();
      log.info('dropped the copy of the database: nobody reads it any more');
    });
  }

  #drop(): void {
    this.#cancelDrop();
    this.#copy = undefined;
    removeTemporaryFile(this.#options.file);
  }
}
