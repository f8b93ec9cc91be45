import type { Clock } from './clock.ts';

/** A place to wait in that can be woken: before trying again, and while there is nothing to do. */
export class Pause {
  readonly #clock: Clock;
  /** What ends each wait, and the signal that does so too. */
  readonly #sleepers = new Map<() => void, AbortSignal | undefined>();
  /** One listener for each signal, however many wait: Node warns of a leak where one signal has many. */
  readonly #listeners = new Map<AbortSignal, () => void>();

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
        if (signal) this.#release(signal);
        resolve();
      };
      this.#sleepers.set(end, signal);
      if (signal) this.#heed(signal);
    });
  }

  /** Ends all waits that are under way. */
  wake(): void {
    for (const end of this.#sleepers.keys()) end();
  }

  #heed(signal: AbortSignal): void {
    if (this.#listeners.has(signal)) return;
    const listener = (): void => {
      for (const [end, its] of this.#sleepers) if (its === signal) end();
    };
    this.#listeners.set(signal, listener);
    signal.addEventListener('abort', listener);
  }

  /** Stops listening when nobody waits with this signal any more. */
  #release(signal: AbortSignal): void {
    const listener = this.#listeners.get(signal);
    if (!listener || [...this.#sleepers.values()].includes(signal)) return;
    signal.removeEventListener('abort', listener);
    this.#listeners.delete(signal);
  }
}
