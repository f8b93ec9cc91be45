import { ChatServiceDefinition } from '@parley/proto/chat';
import type { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import type { Cursors } from './cursors.ts';
import { messageKey } from './rows.ts';
import type { Store } from './store.ts';

const { markDelivered } = ChatServiceDefinition.methods;

/** What is read within this time is not told as delivered first: each mark is a write that every replica keeps. */
const MARK_AFTER_MS = 2_000;
/** A server takes so many conversations at once. */
const MOST_AT_ONCE = 100;

/** Tells servers what has come to this client, so that its senders see it. A mark that no server takes is not kept: the next one says the same. */
export class DeliveryMarks {
  readonly #calls: Calls;
  readonly #cursors: Cursors;
  readonly #store: Store;
  readonly #clock: Clock;
  /** Conversations into which something came since the last marks. */
  readonly #waiting = new Set<string>();
  /** The newest unread message that was told of, by conversation. */
  readonly #told = new Map<string, string>();
  #timer: unknown;

  constructor(calls: Calls, cursors: Cursors, store: Store, clock: Clock) {
    this.#calls = calls;
    this.#cursors = cursors;
    this.#store = store;
    this.#clock = clock;
  }

  /** The stream has brought a message of somebody else. */
  came(conversationId: string): void {
    this.#waiting.add(conversationId);
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      void this.#mark();
    }, MARK_AFTER_MS);
  }

  /** Everything was loaded anew. */
  loaded(): void {
    for (const { conversationId, unreadCount } of this.#store.conversations.values()) if (unreadCount > 0) this.came(conversationId);
  }

  /** Another account signs in, or the client is closed. */
  clear(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
    this.#told.clear();
  }

  async #mark(): Promise<void> {
    const came = [...this.#waiting];
    this.#waiting.clear();
    const resume = this.#cursors.resume;
    const due = resume.length === 0 ? [] : came.flatMap((conversationId) => this.#dueIn(conversationId) ?? []);
    for (let from = 0; from < due.length; from += MOST_AT_ONCE) {
      const some = due.slice(from, from + MOST_AT_ONCE);
      for (const { conversationId, newest } of some) this.#told.set(conversationId, newest);
      try {
        await this.#calls.call(markDelivered, markDelivered.requestType.create({ conversationIds: some.map(({ conversationId }) => conversationId), resume }));
      } catch {
        for (const { conversationId } of some) this.#told.delete(conversationId);
        return;
      }
    }
  }

  /** Undefined where nothing is to be told: all is read, was told, or is not here: of some a list may only have told that they are there. */
  #dueIn(conversationId: string): { conversationId: string; newest: string } | undefined {
    const unreadCount = this.#store.conversations.get(conversationId)?.unreadCount ?? 0;
    const head = this.#store.heads.get(conversationId);
    const unread = [...this.#store.rows(conversationId), ...(head ? [head] : [])].filter((row) => row.unread && !row.hidden);
    const last = unread.at(-1);
    if (unreadCount === 0 || unread.length < unreadCount || !last) return undefined;
    const newest = messageKey(last);
    return this.#told.get(conversationId) === newest ? undefined : { conversationId, newest };
  }
}
