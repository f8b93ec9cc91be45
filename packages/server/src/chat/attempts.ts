import { Refusal } from '../errors.ts';
import type { Time } from '../stamp/clock.ts';

/** Wrong passwords that an account may have in a row. */
const BURST = 10;
/** After that, one more each so many milliseconds. */
const REFILL_MS = 6000;
/** Accounts that are remembered; the oldest are forgotten, so that made-up names do not fill memory. */
const MAX_REMEMBERED = 10_000;

/** Slows down guessing: a token bucket for each account's wrong passwords, on each replica. */
export class PasswordAttempts {
  readonly #time: Time;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(time: Time) {
    this.#time = time;
  }

  /** Takes an attempt for `key`. Throws TOO_MANY_ATTEMPTS where there were too many wrong passwords. */
  take(key: string): void {
    const tokens = this.#level(key) - 1;
    if (tokens < 0) throw new Refusal('TOO_MANY_ATTEMPTS', `Too many wrong passwords. Wait ${REFILL_MS / 1000} seconds, then try again.`);
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens, at: this.#time.monotonicMs() });
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > MAX_REMEMBERED && !oldest.done) this.#buckets.delete(oldest.value);
  }

  /** It was no guess after all: the password was that of another account of the same name. */
  giveBack(key: string): void {
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.tokens += 1;
  }

  /** The password was right: attempts start anew. */
  right(key: string): void {
    this.#buckets.delete(key);
  }

  #level(key: string): number {
    const bucket = this.#buckets.get(key);
    return bucket ? Math.min(BURST, bucket.tokens + (this.#time.monotonicMs() - bucket.at) / REFILL_MS) : BURST;
  }
}
