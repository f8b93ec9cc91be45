import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Storage } from '../storage.ts';

const VALUES = 'values';

interface Schema extends DBSchema {
  [VALUES]: { key: string; value: string };
}

/** Keeps values in the browser's IndexedDB, which all tabs of one origin share. It exists on plain http too. */
export class IndexedDbStorage implements Storage {
  readonly #name: string;
  #opened: Promise<IDBPDatabase<Schema>> | undefined;

  /** `name`: the database's name. */
  constructor(name = 'parley') {
    this.#name = name;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#open()).get(VALUES, key);
  }

  async set(key: string, value: string): Promise<void> {
    await (await this.#open()).put(VALUES, value, key);
  }

  async delete(key: string): Promise<void> {
    await (await this.#open()).delete(VALUES, key);
  }

  async update(key: string, change: (value: string | undefined) => string | undefined): Promise<void> {
    const transaction = (await this.#open()).transaction(VALUES, 'readwrite');
    const changed = change(await transaction.store.get(key));
    await Promise.all([
      changed === undefined ? transaction.store.delete(key) : transaction.store.put(changed, key),
      transaction.done,
    ]);
  }

  /** The browser may close a database (storage pressure, a cleared site): the next call opens it again. */
  #open(): Promise<IDBPDatabase<Schema>> {
    const forget = (): void => {
      this.#opened = undefined;
    };
    this.#opened ??= openDB<Schema>(this.#name, 1, {
      upgrade: (database) => {
        database.createObjectStore(VALUES);
      },
      terminated: forget,
    }).catch((error: unknown) => {
      forget();
      throw error;
    });
    return this.#opened;
  }
}
