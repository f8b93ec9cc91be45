import type { Time } from '../stamp/clock.ts';
import type { VectorEntry } from '../stamp/version-vector.ts';
import type { Store } from '../store/store.ts';

interface Waiter {
  readonly target: readonly VectorEntry[];
  readonly done: (reached: boolean) => void;
}

/** Waits for this replica's own vector to reach something. */
export class Coverage {
  readonly #store: Store;
  readonly #time: Time;
  readonly #waiters = new Set<Waiter>();

  constructor(store: Store, time: Time) {
    this.#store = store;
    this.#time = time;
    store.onCommit(() => this.#settle());
  }

  /** Resolves to true once the vector reaches all of `target` by number, to false after `timeoutMs`. */
  reach(target: readonly VectorEntry[], timeoutMs: number): Promise<boolean> {
    if (this.#store.vector.reaches(target)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        target,
        done: (reached) => {
          cancel();
          this.#waiters.delete(waiter);
          resolve(reached);
        },
      };
      const cancel = this.#time.after(timeoutMs, () => waiter.done(false));
      this.#waiters.add(waiter);
    });
  }

  /** Ends all waiting. */
  close(): void {
    for (const waiter of this.#waiters) waiter.done(false);
  }

  #settle(): void {
    for (const waiter of this.#waiters) if (this.#store.vector.reaches(waiter.target)) waiter.done(true);
  }
}
