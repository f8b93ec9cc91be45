/**
 * Hybrid logical clock (Kulkarni, Demirbas et al., 'Logical Physical Clocks', 2014) in 53 bits, an exact JavaScript
 * number: 41 bits of milliseconds since 2020-01-01 UTC, 12 bits of counter.
 */
const EPOCH_MS = Date.UTC(2020, 0, 1);
const TICKS_PER_MS = 4096;

/** Where the outside world's time comes from; a simulation brings its own. */
export interface Time {
  /** Milliseconds since 1970-01-01 UTC; may jump. */
  wallMs(): number;
  /** Milliseconds since some moment; never goes back, and stands still while the machine sleeps. */
  monotonicMs(): number;
  /** Calls `fn` once after so many milliseconds; returns how to cancel that. */
  after(ms: number, fn: () => void): () => void;
}

export const systemTime: Time = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

/** A wall clock that moved this much against the monotonic one: the machine slept, was put back to an earlier state, or its clock was set. */
const JUMP_MS = 1000;

/** Notices jumps of the wall clock against the monotonic one. */
export class JumpDetector {
  readonly #time: Time;
  #drift: number;

  constructor(time: Time) {
    this.#time = time;
    this.#drift = time.wallMs() - time.monotonicMs();
  }

  /** Has there been one since the last call? */
  jumped(): boolean {
    const before = this.#drift;
    this.#drift = this.#time.wallMs() - this.#time.monotonicMs();
    return Math.abs(this.#drift - before) > JUMP_MS;
  }
}

/** The clock value of a new change: after `highest`, the highest value seen, and not before the wall clock. */
export function nextHlc(highest: number, wallMs: number): number {
  return Math.max(highest + 1, Math.floor(wallMs - EPOCH_MS) * TICKS_PER_MS);
}

/** The wall time in a clock value: milliseconds since 1970-01-01 UTC. */
export function wallMsOf(hlc: number): number {
  return Math.floor(hlc / TICKS_PER_MS) + EPOCH_MS;
}

/** Does this machine's clock tell an impossible time? One outside 2024–2080 would push the cluster's clock there for good. */
export function isImpossible(wallMs: number): boolean {
  return wallMs < Date.UTC(2024, 0, 1) || wallMs >= Date.UTC(2081, 0, 1);
}
