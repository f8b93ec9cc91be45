import type { Time } from '../stamp/clock.ts';
import { sqliteCode } from './damage.ts';
import { BUSY_TIMEOUT_MS, type Connection } from './database.ts';

/** Erasing comes in bursts, and a checkpoint holds the event loop for milliseconds: one for all of this time. */
const TRUNCATE_AFTER_MS = 1000;

/**
 * What was erased is still in the write-ahead log, and its old pages in the database file, until a checkpoint has moved
 * all of it: TRUNCATE also empties the log [E2]. It happens off the commit, and again while another connection reads an
 * older state.
 */
export class WalTruncation {
  readonly #db: Connection;
  readonly #time: Time;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(db: Connection, time: Time) {
    this.#db = db;
    this.#time = time;
  }

  /** Something was erased: soon the files are without it. */
  arm(): void {
    if (this.#isClosed) return;
    this.#cancel ??= this.#time.after(TRUNCATE_AFTER_MS, () => {
      this.#cancel = undefined;
      if (!this.#truncate()) this.arm();
    });
  }

  /** The last connection that closes does the same. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  /** False when it has to be done again. */
  #truncate(): boolean {
    // Not waiting: that would hold the event loop.
    this.#db.pragma('busy_timeout = 0');
    try {
      return this.#db.prepare<[], { busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0;
    } catch (error) {
      if (sqliteCode(error) === '') throw error;
      return false;
    } finally {
      this.#db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }
}
