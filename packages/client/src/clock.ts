/** Time, passed in so that tests own it. */
export interface Clock {
  /** Wall time: milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Milliseconds since some moment, which no change of the wall clock moves. `now` serves where it is missing. */
  monotonic?(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, ms) => globalThis.setTimeout(callback, ms),
  clearTimeout: (timer) => globalThis.clearTimeout(timer as ReturnType<typeof globalThis.setTimeout>),
};

/** For measuring spans: milliseconds. */
export function elapsed(clock: Clock): number {
  return clock.monotonic?.() ?? clock.now();
}

/**
 * Calls `passed` once `ms` have passed and what had come by then was heard; returns how to take that back. A process that was held up, or a tab that was
 * frozen, finds an answer and the end of its time at once: that is no silence.
 */
export function afterSilence(clock: Clock, ms: number, passed: () => void): () => void {
  let timer = clock.setTimeout(() => {
    timer = clock.setTimeout(passed, 0);
  }, ms);
  return () => clock.clearTimeout(timer);
}
