import { ChatServiceDefinition } from '@parley/proto/chat';
import type { MessageKey } from './api.ts';
import type { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import { messageKey } from './rows.ts';
import type { Store } from './store.ts';

const { getMessages } = ChatServiceDefinition.methods;

/** A request names at most so many. */
const MOST_AT_ONCE = 100;
/** A page brings many answers, and often what they answer a little later: one call for all. */
const ASK_AFTER_MS = 50;

/** Fetches the messages that others answer and that are not among those loaded. */
export class Questions {
  readonly #calls: Calls;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #wanted = new Map<string, MessageKey>();
  #isSoon = false;

  constructor(calls: Calls, store: Store, clock: Clock) {
    this.#calls = calls;
    this.#store = store;
    this.#clock = clock;
  }

  /** A message answers this one, which is not here. */
  want(key: MessageKey): void {
    this.#wanted.set(messageKey(key), key);
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#clock.setTimeout(() => {
      this.#isSoon = false;
      void this.#ask();
    }, ASK_AFTER_MS);
  }

  /** Gets messages by their ids. Rejects with a Failure. */
  async get(keys: readonly MessageKey[]): Promise<void> {
    const { messages, behind } = await this.#calls.call(getMessages, getMessages.requestType.create({ messages: [...keys] }));
    this.#store.applyFetched(keys, messages, behind ? 'behind' : 'current');
  }

  /** Nobody is signed in any more, or somebody else. */
  clear(): void {
    this.#wanted.clear();
  }

  async #ask(): Promise<void> {
    const keys = [...this.#wanted.values()].slice(0, MOST_AT_ONCE);
    for (const key of keys) this.#wanted.delete(messageKey(key));
    if (keys.length === 0) return;
    try {
      await this.get(keys);
    } catch {
      // No server answers. When one does, the store tells again what it lacks.
      this.#store.applyFetched(keys, [], 'behind');
    }
    const [next] = this.#wanted.values();
    if (next) this.want(next);
  }
}
