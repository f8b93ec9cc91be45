import type { Clock } from '../src/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** 2026-01-01: any moment that no test mistakes for a monotonic time. */
const START_MS = Date.UTC(2026, 0, 1);

/** A clock that moves only when a test moves it. */
export class VirtualClock implements Clock {
  #elapsed = 0;
  readonly #timers = new Set<Timer>();
  /** Added to the wall clock: somebody has set it. */
  wallShiftMs = 0;

  now(): number {
    return START_MS + this.#elapsed + this.wallShiftMs;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimeout(callback: () => void, ms: number): unknown {
    const timer = { at: this.#elapsed + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    for (const each of this.#timers) if (each === timer) this.#timers.delete(each);
  }

  /** Lets time pass, timer by timer, with everything that follows from each. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    for (;;) {
      await settle();
      const next = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#timers.delete(next);
      next.callback();
    }
    this.#elapsed = end;
    await settle();
  }

  /** Lets time pass until something holds; returns how long it took. Throws after `limitMs`. */
  async until(holds: () => boolean, limitMs = 60_000): Promise<number> {
    const started = this.#elapsed;
    await settle();
    while (!holds()) {
      if (this.#elapsed - started > limitMs) throw new Error(`it did not come to that within ${limitMs} ms`);
      const next = Math.min(...[...this.#timers].map((timer) => timer.at));
      await this.advance(next === Infinity ? limitMs + 1 : next - this.#elapsed);
    }
    return this.#elapsed - started;
  }
}

/** Runs everything that follows without time passing. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}
