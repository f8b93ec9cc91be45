import type Database from '@parley/sqlite';
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
 * connection's `PRAGMA synchronous` says so. While all that was committed is fsynced, the next process goes on with the
 * same connection, which holds just that; otherwise with the image of the last fsync.
 */
export class Disk {
  #image: Buffer = emptyImage();
  #open: Databases | undefined;
  /** Is everything that was committed fsynced? */
  #isLevel = true;
  #writtenBackAt = 0;
  #isFull = false;
  /** As SQLite says; asked again after each pragma. */
  #synchronous: unknown;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Has the last commit reached the disk? */
  get isLevel(): boolean {
    return this.#isLevel;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** The database as the next process finds it. Closing it is no end of the disk. */
  open(): Databases {
    if (!this.#open) {
      this.#open = openInMemory(this.#image);
      const { writer } = this.#open;
      const pragma = writer.pragma.bind(writer);
      Object.assign(writer, {
        pragma: (...args: Parameters<typeof pragma>) => {
          this.#synchronous = undefined;
          return pragma(...args);
        },
      });
      this.#synchronous = undefined;
      watch(writer, () => this.#beforeCommit(), () => this.#afterCommit());
      this.#isLevel = true;
      this.#limit();
    }
    const { writer, reader } = this.#open;
    return { writer, reader, close: () => {} };
  }

  connection(): Connection {
    return this.open().writer;
  }

  /** The process is gone, and with it what was not fsynced. */
  crash(): void {
    if (!this.#isLevel) this.close();
  }

  /** What a crash would leave now. */
  survives(): Buffer {
    return this.#open && this.#isLevel ? this.#open.writer.serialize() : this.#image;
  }

  /** Puts another image in the place of this one, an empty one by default; no process may run. */
  restore(image: Buffer = emptyImage()): void {
    this.close();
    this.#image = image;
  }

  /** Lets go of the memory. */
  close(): void {
    this.#open?.close();
    this.#open = undefined;
    this.#isLevel = true;
  }

  /** From now on writes fail, or succeed again. */
  setFull(isFull: boolean): void {
    this.#isFull = isFull;
    this.#limit();
  }

  #limit(): void {
    if (!this.#open) return;
    const { writer } = this.#open;
    const pages = this.#isFull ? Number(writer.pragma('page_count', { simple: true })) : ENDLESS_PAGES;
    writer.pragma(`max_page_count = ${pages}`);
  }

  #beforeCommit(): void {
    if (this.#isLevel && !this.#isFsynced()) this.#image = this.connection().serialize();
  }

  #afterCommit(): void {
    if (this.#isFsynced()) {
      this.#isLevel = true;
    } else if (this.#isLevel) {
      this.#isLevel = false;
      this.#writtenBackAt = this.#nowMs();
    } else if (this.#nowMs() - this.#writtenBackAt > WRITE_BACK_MS) {
      this.#image = this.connection().serialize();
      this.#writtenBackAt = this.#nowMs();
    }
  }

  #isFsynced(): boolean {
    this.#synchronous ??= this.connection().prepare<[], { synchronous: number }>('PRAGMA synchronous').get()?.synchronous;
    return this.#synchronous === FULL;
  }
}

/**
 * Calls back around the transactions that are made with `BEGIN IMMEDIATE` and `COMMIT`, and prepares each statement
 * once, however many processes do: statements keep nothing from one use to the next.
 */
function watch(db: Connection, begins: () => void, committed: () => void): void {
  const statements = new Map<string, LateStatement>();
  const prepare = db.prepare.bind(db);
  const watched = (sql: string) => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = new LateStatement(() => prepare<unknown[]>(sql));
    if (sql === 'BEGIN IMMEDIATE') Object.assign(statement, { run: () => (begins(), statement.prepared.run()) });
    if (sql === 'COMMIT') Object.assign(statement, { run: () => (statement.prepared.run(), committed()) });
    statements.set(sql, statement);
    return statement;
  };
  Object.assign(db, { prepare: watched });
}

type Statement = Database.Statement<unknown[]>;

/** A statement that is prepared with its first use: most of a store's are not used between one opening of a disk and the next. */
class LateStatement {
  readonly #prepare: () => Statement;
  #prepared: Statement | undefined;

  constructor(prepare: () => Statement) {
    this.#prepare = prepare;
  }

  get prepared(): Statement {
    this.#prepared ??= this.#prepare();
    return this.#prepared;
  }

  run(...values: unknown[]): unknown {
    return this.prepared.run(...values);
  }

  get(...values: unknown[]): unknown {
    return this.prepared.get(...values);
  }

  all(...values: unknown[]): unknown[] {
    return this.prepared.all(...values);
  }

  iterate(...values: unknown[]): IterableIterator<unknown> {
    return this.prepared.iterate(...values);
  }

  raw(): Statement {
    return this.prepared.raw();
  }

  pluck(): Statement {
    return this.prepared.pluck();
  }
}
