import { hash, verify } from '@node-rs/argon2';
import { Refusal } from '../errors.ts';
import type { CallContext } from '../grpc/handlers.ts';

/** OWASP's first choice for argon2id: 19 MiB, two passes. About 20 ms on a small machine, off the event loop. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Hashes at once: as many threads as Node has for such work, so that more would only wait there. */
const MAX_RUNNING = 4;
/** Callers that may wait for their turn; more would all run out of time. */
const MAX_WAITING = 64;

/** Hashes passwords, a few at a time: whoever floods a replica with sign-ins takes no more of it than that. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #decoy: Promise<string> | undefined;

  /** An argon2id hash in PHC string format. Throws TOO_MANY_ATTEMPTS when too many wait, or the caller is gone. */
  hash(call: CallContext, password: string): Promise<string> {
    return this.#inTurn(call, () => hash(password, ARGON2ID));
  }

  /**
   * Is it the password of that hash? Without a hash it takes the same time and is not, so that the time tells nobody which usernames
   * exist. Throws as `hash` does.
   */
  isRight(call: CallContext, passwordHash: string | undefined, password: string): Promise<boolean> {
    return this.#inTurn(call, async () => {
      this.#decoy ??= hash(crypto.randomUUID(), ARGON2ID);
      return (await verify(passwordHash ?? (await this.#decoy), password)) && passwordHash !== undefined;
    });
  }

  async #inTurn<T>(call: CallContext, work: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_RUNNING) {
      if (this.#waiting.length >= MAX_WAITING) throw new Refusal('TOO_MANY_ATTEMPTS', 'Too many people sign in on this server at once. Wait a few seconds, then try again.');
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      // Nobody hears the answer of a call that has ended meanwhile.
      if (call.signal.aborted) throw new Refusal('TOO_MANY_ATTEMPTS', 'The caller did not wait for its turn.');
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
