import type { Time } from '../src/stamp/clock.ts';

/** Time that stands still until a test moves it on. */
export class VirtualTime implements Time {
  #now = 0;
  readonly #wallAtStart = Date.UTC(2026, 0, 1);
  #timers: { at: number; fn: () => void }[] = [];

  wallMs(): number {
    return this.#wallAtStart + this.#now;
  }

  monotonicMs(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time on, calling what is due in order, with promises settled in between. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = end;
  }
}
