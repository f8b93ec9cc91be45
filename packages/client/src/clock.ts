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
