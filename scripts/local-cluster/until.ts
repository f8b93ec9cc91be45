import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

export interface UntilOptions {
  /** What is waited for, for the error: `until … : server4 shows up`. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Asks again and again until `condition` gives something truthy, and gives that. Rejects after the timeout, naming the last error, and at once on abort. */
export async function until<T>(condition: () => T | Promise<T>, { what, timeoutMs, signal }: UntilOptions): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain until ${what}`, { cause: last });
    await delay(POLL_MS, undefined, signal ? { signal } : {});
  }
}
