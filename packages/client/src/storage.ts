import type { Clock } from './clock.ts';

/**
 * Where a client keeps what has to outlive it: session, outbox, servers. Small, asynchronous, string to string. A method
 * may reject (no space, no permission): the client then goes on from memory.
 */
export interface Storage {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** Replaces a value by what `change` makes of it, in one step that no other tab on the same storage can come between. */
  update(key: string, change: (value: string | undefined) => string | undefined): Promise<void>;
}

/** The object in a stored JSON text; undefined for anything else, such as what an older version wrote. */
export function parseObject(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isObject(value) ? value : undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A browser's storage can hang (another tab holds it, a disk is full); nobody waits for it longer. */
const PATIENCE_MS = 2_000;

/** Storage that neither fails nor hangs: what cannot be kept is lost with the page, which is better than a client that does not work. */
export function forgiving(storage: Storage, clock: Clock): Storage {
  const within = <T>(work: Promise<T>): Promise<T | undefined> => {
    let timer: unknown;
    const timeout = new Promise<undefined>((resolve) => {
      timer = clock.setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    return Promise.race([work.catch(() => undefined), timeout]).finally(() => clock.clearTimeout(timer));
  };
  return {
    get: (key) => within(storage.get(key)),
    set: (key, value) => within(storage.set(key, value)),
    delete: (key) => within(storage.delete(key)),
    update: (key, change) => within(storage.update(key, change)),
  };
}
