import { type Clock, elapsed } from './clock.ts';
import { backoffMs } from './endpoints.ts';
import type { Random } from './random.ts';

interface Hold {
  readonly failures: number;
  /** Monotonic. */
  readonly until: number;
}

/**
 * Conversations that a server which lives cannot take messages for now: it does not have the recipient yet, say. Each is tried there again after a
 * backoff of its own; the other conversations do not wait for it.
 */
export class HeldUp {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #holds = new Map<string, Hold>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  hold(address: string, conversationId: string): void {
    const failures = (this.#holds.get(keyOf(address, conversationId))?.failures ?? 0) + 1;
    this.#holds.set(keyOf(address, conversationId), { failures, until: elapsed(this.#clock) + backoffMs(failures, this.#random) });
  }

  isHeld(address: string, conversationId: string): boolean {
    return (this.#holds.get(keyOf(address, conversationId))?.until ?? -Infinity) > elapsed(this.#clock);
  }

  /** The server has taken something for it. */
  release(address: string, conversationId: string): void {
    this.#holds.delete(keyOf(address, conversationId));
  }

  /** All may be tried at once. */
  releaseAll(): void {
    this.#holds.clear();
  }

  /** Until one that cannot be tried now can be: milliseconds; undefined: there is none. */
  nextMs(): number | undefined {
    const now = elapsed(this.#clock);
    const waits = [...this.#holds.values()].map(({ until }) => until - now).filter((wait) => wait > 0);
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }
}

function keyOf(address: string, conversationId: string): string {
  return `${address} ${conversationId}`;
}
