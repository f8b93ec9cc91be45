import type { Clock } from './clock.ts';

/** A place to wait in that can be woken: before trying again, and while there is nothing to do. */
export class Pause {
  readonly #clock: Clock;
  readonly #sleepers = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms` (without it never by itself), on `wake`, or when `signal` aborts; never rejects. */
  wait(ms: number | undefined, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : this.#clock.setTimeout(() => end(), ms);
      const end = (): void => {
        if (timer !== undefined) this.#clock.clearTimeout(timer);
        this.#sleepers.delete(end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      this.#sleepers.add(end);
      signal?.addEventListener('abort', end);
    });
  }

  /** Ends all waits that are under way. */
  wake(): void {
    for (const end of this.#sleepers) end();
  }
}
