import type { Connection } from './database.ts';
import { sqliteCode } from './damage.ts';

/** What is no Error of this realm keeps SQLite's code, by which callers tell a full disk from a bug. */
function toError(failure: unknown): Error {
  return failure instanceof Error ? failure : Object.assign(new Error(String(failure)), { code: sqliteCode(failure) });
}

interface Job {
  run(): void;
  settle(failure: unknown): void;
}

/** What happens around transactions; all of it synchronous. */
export interface CommitHooks {
  /** A transaction is about to begin. */
  begin(): void;
  /** A job begins: what it changes in memory after this is taken back by `undo`. */
  mark(): void;
  /** The job, or with `whole` the transaction, failed. */
  undo(whole: boolean): void;
  /** Before COMMIT: what is written once a transaction. */
  finish(): void;
  /** It is on disk. */
  committed(): void;
}

/** Jobs in one transaction at most, so that the event loop is held for milliseconds, not seconds. */
const MAX_JOBS = 512;

/**
 * Group commit: all writes that arrive while a commit runs form the next transaction, each in a savepoint of its own,
 * and one fsync serves them all.
 */
export class GroupCommit {
  readonly #waiting: Job[] = [];
  readonly #db: Connection;
  readonly #hooks: CommitHooks;
  readonly #schedule: (flush: () => void) => void;
  readonly #sql;
  #scheduled = false;
  #closed = false;

  /** `schedule` calls back once the events that are at hand have been handled; `setImmediate` in a server. */
  constructor(db: Connection, hooks: CommitHooks, schedule: (flush: () => void) => void) {
    this.#db = db;
    this.#hooks = hooks;
    this.#schedule = schedule;
    this.#sql = { begin: db.prepare('BEGIN IMMEDIATE'), commit: db.prepare('COMMIT'), savepoint: db.prepare('SAVEPOINT job'), release: db.prepare('RELEASE job'), back: db.prepare('ROLLBACK TO job') };
  }

  /** Runs `job` in the next transaction. Resolves to its result once that is on disk; rejects, with nothing written, when it throws. */
  write<T>(job: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the database is closed'));
    return new Promise<T>((resolve, reject) => {
      let result: { value: T } | undefined;
      this.#waiting.push({
        run: () => {
          result = { value: job() };
        },
        settle: (failure) => {
          if (result && failure === undefined) resolve(result.value);
          else reject(toError(failure));
        },
      });
      this.#wake();
    });
  }

  /** Writes what is waiting, and takes no more. */
  close(): void {
    while (this.#waiting.length > 0) this.#flush();
    this.#closed = true;
  }

  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#flush();
      if (this.#waiting.length > 0) this.#wake();
    });
  }

  #flush(): void {
    const jobs = this.#waiting.splice(0, MAX_JOBS);
    if (jobs.length === 0) return;
    const failures = new Map<Job, unknown>();
    let failure: unknown;
    try {
      this.#hooks.begin();
      this.#sql.begin.run();
      for (const job of jobs) this.#runOne(job, failures);
      this.#hooks.finish();
      this.#sql.commit.run();
    } catch (error) {
      failure = error;
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      this.#hooks.undo(true);
    }
    if (failure === undefined) this.#hooks.committed();
    for (const job of jobs) job.settle(failure ?? failures.get(job));
  }

  #runOne(job: Job, failures: Map<Job, unknown>): void {
    this.#sql.savepoint.run();
    this.#hooks.mark();
    try {
      job.run();
    } catch (error) {
      // A full disk may have ended the whole transaction; then nothing of it can be kept.
      if (!this.#db.inTransaction) throw error;
      failures.set(job, error);
      this.#sql.back.run();
      this.#hooks.undo(false);
    }
    this.#sql.release.run();
  }
}
