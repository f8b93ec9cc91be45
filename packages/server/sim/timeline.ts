interface Entry {
  readonly at: number;
  readonly order: number;
  fn: (() => void) | undefined;
}

/** So many events at one moment go round in a circle, and time stands still. */
const MAX_AT_ONE_MOMENT = 10_000;
/** Events in one turn of Node's event loop, at most. */
const STEPS_A_TURN = 64;

/** One virtual clock for the whole simulation, and a heap of what is to happen when. Among equals the first planned comes first. */
export class Timeline {
  readonly #heap: Entry[] = [];
  #order = 0;
  #nowMs = 0;
  #atThisMoment = 0;
  events = 0;

  /** Milliseconds since the simulation began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `fn` once after so many milliseconds; returns how to cancel that. */
  after(ms: number, fn: () => void): () => void {
    const entry: Entry = { at: this.#nowMs + Math.max(0, ms), order: this.#order++, fn };
    this.#push(entry);
    return () => {
      entry.fn = undefined;
    };
  }

  /**
   * Runs until `endMs`, or until `isDone` holds after an event, or nothing is left. Between two events everything that
   * follows by promises is done, for Node does that between two immediates; `settled` is called then.
   */
  async run(endMs: number, settled: () => void, isDone: () => boolean = () => false): Promise<void> {
    await turn();
    let isOver = false;
    let happened = false;
    /** What follows the event before is done: looks at that, and makes the next one happen. */
    const step = () => {
      if (isOver) return;
      if (happened) {
        settled();
        isOver = isDone();
        if (isOver) return;
      }
      happened = this.#next(endMs);
      isOver = !happened;
    };
    while (!isOver) await turns(step);
    if (happened) return;
    this.#nowMs = Math.max(this.#nowMs, Math.min(endMs, this.#heap[0]?.at ?? endMs));
  }

  /** Makes the next event happen that is not cancelled; false when there is none until `endMs`. */
  #next(endMs: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.at > endMs) return false;
      this.#pop();
      const { fn } = next;
      if (!fn) continue;
      this.#atThisMoment = next.at === this.#nowMs ? this.#atThisMoment + 1 : 0;
      if (this.#atThisMoment > MAX_AT_ONE_MOMENT) throw new Error(`time stands still: ${String(fn)}`);
      this.#nowMs = next.at;
      this.events += 1;
      fn();
      return true;
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (!parent || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      if (!left) break;
      const right = heap[below + 1];
      if (right && isBefore(right, left)) below += 1;
      const child = heap[below];
      if (!child || !isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** All microtasks are done. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Calls `step` many times, all microtasks in between: one turn of the event loop for each of these would take longer than what they do. */
function turns(step: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const tryStep = () => {
      try {
        step();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    for (let i = 0; i < STEPS_A_TURN; i++) setImmediate(tryStep);
    setImmediate(resolve);
  });
}
