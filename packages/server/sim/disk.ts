import type { Connection, Databases } from '../src/store/database.ts';
import { openInMemory } from '../src/store/database.ts';

/** Where a disk is asked for `synchronous` less than FULL, its system writes back this often by itself. */
const WRITE_BACK_MS = 5000;
/** SQLite's value of `PRAGMA synchronous = FULL`; a commit is then fsynced. */
const FULL = 2;
/** More pages than any run fills. */
const ENDLESS_PAGES = 1_000_000;

let template: Buffer | undefined;

/** An empty, migrated database: opening it is ten times faster than making it. */
function emptyImage(): Buffer {
  if (!template) {
    const made = openInMemory();
    template = made.writer.serialize();
    made.close();
  }
  return template;
}

/**
 * A machine's disk: an SQLite database in memory. What survives a crash is what was fsynced: a COMMIT is, if the
 * connection's `PRAGMA synchronous` says so.
 */
export class Disk {
  #image: Buffer = emptyImage();
  #db: Connection | undefined;
  /** Is everything that was committed fsynced? */
  #isLevel = true;
  #writtenBackAt = 0;
  #isFull = false;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Has the last commit reached the disk? */
  get isLevel(): boolean {
    return this.#isLevel;
  }

  /** The open database. */
  connection(): Connection {
    if (!this.#db) throw new Error('the disk is not in use');
    return this.#db;
  }

  open(): Databases {
    const databases = openInMemory(this.#image);
    const db = databases.writer;
    this.#db = db;
    this.#isLevel = true;
    this.#limit();
    // The statements that Store prepares for its transactions pass through here.
    const prepare = db.prepare.bind(db);
    const watched = (sql: string) => {
      const statement = prepare(sql);
      const run = statement.run.bind(statement);
      if (sql === 'BEGIN IMMEDIATE') Object.assign(statement, { run: () => (this.#beforeCommit(), run()) });
      if (sql === 'COMMIT') Object.assign(statement, { run: () => this.#afterCommit(run()) });
      return statement;
    };
    Object.assign(db, { prepare: watched });
    return databases;
  }

  /** The process is gone, and with it what was not fsynced. */
  crash(): void {
    this.#image = this.survives();
    this.#db?.close();
    this.#db = undefined;
    this.#isLevel = true;
  }

  /** What a crash would leave now. */
  survives(): Buffer {
    return this.#db && this.#isLevel ? this.#db.serialize() : this.#image;
  }

  /** Puts another image in the place of this one; the disk has to be closed. */
  restore(image: Buffer | undefined): void {
    this.#image = image ?? emptyImage();
  }

  /** From now on writes fail, or succeed again. */
  setFull(isFull: boolean): void {
    this.#isFull = isFull;
    this.#limit();
  }

  #limit(): void {
    if (!this.#db) return;
    const pages = this.#isFull ? Number(this.#db.pragma('page_count', { simple: true })) : ENDLESS_PAGES;
    this.#db.pragma(`max_page_count = ${pages}`);
  }

  #beforeCommit(): void {
    if (this.#db && this.#isLevel && !this.#isFsynced()) this.#image = this.#db.serialize();
  }

  #afterCommit<T>(result: T): T {
    if (this.#isFsynced()) this.#isLevel = true;
    else if (this.#isLevel) {
      this.#isLevel = false;
      this.#writtenBackAt = this.#nowMs();
    } else if (this.#db && this.#nowMs() - this.#writtenBackAt > WRITE_BACK_MS) {
      this.#image = this.#db.serialize();
      this.#writtenBackAt = this.#nowMs();
    }
    return result;
  }

  #isFsynced(): boolean {
    return this.#db?.pragma('synchronous', { simple: true }) === FULL;
  }
}
