import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isObject, parseObject, type Storage } from '../storage.ts';
import { codeOf, underLock } from './file-lock.ts';

type Values = Readonly<Record<string, string>>;

/**
 * Keeps values in one file, for clients in Node: JSON, readable by this user alone (mode 0600), since the session is in it.
 * A change is written to a second file, fsynced, and renamed: a reader finds the state before or after it, also after a crash. Any
 * number of processes may use one file; their changes are made one after another, under `<file>.lock`.
 *
 * Methods reject where the file cannot be read or written, and where it holds something else; it is then left as it is.
 */
export class FileStorage implements Storage {
  readonly #file: string;
  /** Changes are made in the order in which they were asked for. */
  #last: Promise<void> = Promise.resolve();

  /** `file`: its path. It and its directory are made with the first write. */
  constructor(file: string) {
    this.#file = file;
  }

  get(key: string): Promise<string | undefined> {
    return new Promise((resolve) => resolve(this.#read()[key]));
  }

  set(key: string, value: string): Promise<void> {
    return this.update(key, () => value);
  }

  delete(key: string): Promise<void> {
    return this.update(key, () => undefined);
  }

  update(key: string, change: (value: string | undefined) => string | undefined): Promise<void> {
    const done = this.#last.then(() => this.#update(key, change));
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when all that was asked for so far is on disk, or has failed: before that, a process that ends would lose it. */
  settled(): Promise<void> {
    return this.#last;
  }

  async #update(key: string, change: (value: string | undefined) => string | undefined): Promise<void> {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    await underLock(`${this.#file}.lock`, (isMine) => {
      const { [key]: before, ...others } = this.#read();
      const after = change(before);
      return this.#replace(after === undefined ? others : { ...others, [key]: after }, isMine);
    });
  }

  #read(): Values {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return {};
      throw error;
    }
    const values = parseObject(text)?.['parley'];
    if (!isObject(values)) throw new Error(`${this.#file} is not a state file of Parley`);
    return Object.fromEntries(Object.entries(values).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
  }

  /** True when `values` are on disk; undefined when the lock was lost before, and nothing was changed. */
  #replace(values: Values, isMine: () => boolean): true | undefined {
    const next = `${this.#file}.${process.pid}.new`;
    try {
      const descriptor = openSync(next, 'w', 0o600);
      try {
        writeFileSync(descriptor, `${JSON.stringify({ parley: values }, undefined, 2)}\n`);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      if (!isMine()) return undefined;
      renameSync(next, this.#file);
      return true;
    } finally {
      rmSync(next, { force: true });
    }
  }
}
