import type { Storage } from '../storage.ts';

/** Keeps values as long as the process lives: for tests, and for clients that shall leave nothing behind. */
export class MemoryStorage implements Storage {
  readonly #values = new Map<string, string>();

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.#values.get(key));
  }

  set(key: string, value: string): Promise<void> {
    this.#values.set(key, value);
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.#values.delete(key);
    return Promise.resolve();
  }

  update(key: string, change: (value: string | undefined) => string | undefined): Promise<void> {
    const changed = change(this.#values.get(key));
    return changed === undefined ? this.delete(key) : this.set(key, changed);
  }
}
