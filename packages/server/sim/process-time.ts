import type { Time } from '../src/stamp/clock.ts';
import type { Timeline } from './timeline.ts';

/** 2026-01-01. */
const WALL_AT_START_MS = Date.UTC(2026, 0, 1);

/** A machine's clock: it may be wrong, and be set. */
export interface WallClock {
  shiftMs: number;
}

/** Time as one process sees it. Its timers end with it. */
export class ProcessTime implements Time {
  isAlive = true;
  readonly #atEnd = new Set<() => void>();
  readonly #timeline: Timeline;
  readonly #clock: WallClock;
  readonly #startedMs: number;

  constructor(timeline: Timeline, clock: WallClock) {
    this.#timeline = timeline;
    this.#clock = clock;
    this.#startedMs = timeline.nowMs;
  }

  wallMs(): number {
    return Math.floor(WALL_AT_START_MS + this.#timeline.nowMs + this.#clock.shiftMs);
  }

  monotonicMs(): number {
    return this.#timeline.nowMs - this.#startedMs;
  }

  /** As Node's setTimeout: whole milliseconds, one at least. */
  after(ms: number, fn: () => void): () => void {
    return this.exactly(Math.max(1, Math.trunc(ms)), fn);
  }

  /** After exactly so long: for what the simulation itself does in the process's name. */
  exactly(ms: number, fn: () => void): () => void {
    return this.#timeline.after(ms, () => {
      if (this.isAlive) fn();
    });
  }

  /** The process is over: nothing of it runs any more. */
  end(): void {
    this.isAlive = false;
    for (const fn of this.#atEnd) fn();
    this.#atEnd.clear();
  }

  /** Calls `fn` when the process ends; returns how to take that back. */
  onEnd(fn: () => void): () => void {
    this.#atEnd.add(fn);
    return () => void this.#atEnd.delete(fn);
  }
}
