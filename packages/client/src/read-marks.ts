import { ChatServiceDefinition } from '@parley/proto/chat';
import type { Calls } from './calls.ts';
import { type Clock, elapsed } from './clock.ts';
import type { Cursors } from './cursors.ts';
import type { Deed } from './deed.ts';
import { fromHex, toHex } from './hex.ts';
import { newId } from './identifiers.ts';
import { Pause } from './pause.ts';
import type { Random } from './random.ts';
import { messageKey } from './rows.ts';
import type { Store } from './store.ts';

const { markRead } = ChatServiceDefinition.methods;

/** Reading a busy conversation must not write at every message. */
const APART_MS = 1_000;

type Mark = Extract<Deed, { readonly kind: 'read' }>;

export interface ReadMarksOptions {
  readonly calls: Calls;
  readonly cursors: Cursors;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Keeps a mark until a server has taken it. Rejects with a Failure. */
  readonly keep: (mark: Mark) => Promise<void>;
  /** Aborts when the client is closed. */
  readonly closing: AbortSignal;
  /** Some of what is shown counts as unread still: its rows are worth loading again. */
  readonly uncertain: (conversationId: string) => void;
}

/** Marks conversations as read: at most one call a second for each, and only what the live stream has delivered. */
export class ReadMarks {
  readonly #options: ReadMarksOptions;
  readonly #resumed: Pause;
  /** The mark of a conversation that has yet to be made: all who ask for one meanwhile share it. */
  #next = new Map<string, Promise<void>>();
  readonly #madeAt = new Map<string, number>();
  /** By mark: the messages that it calls read. Not known of one that was made before the last start. */
  readonly #covered = new Map<string, ReadonlySet<string>>();

  constructor(options: ReadMarksOptions) {
    this.#options = options;
    this.#resumed = new Pause(options.clock);
  }

  /** The stream has brought a new `resume`. */
  resumed(): void {
    this.#resumed.wake();
  }

  /** Drops the marks that are not made yet: another account signs in. */
  clear(): void {
    this.#next = new Map();
    this.#madeAt.clear();
    this.#resumed.wake();
  }

  mark(conversationId: string): Promise<void> {
    const next = this.#next;
    const made = next.get(conversationId) ?? this.#turn(conversationId).then(() => {
      if (next !== this.#next) return undefined;
      next.delete(conversationId);
      return this.#mark(conversationId);
    });
    next.set(conversationId, made);
    return made;
  }

  async #turn(conversationId: string): Promise<void> {
    const { clock, closing, cursors } = this.#options;
    const next = this.#next;
    const wait = (this.#madeAt.get(conversationId) ?? -Infinity) + APART_MS - elapsed(clock);
    if (wait > 0) await new Pause(clock).wait(wait, closing);
    // Before the first stream nothing was delivered, so nothing can be marked.
    while (cursors.resume.length === 0 && next === this.#next && !closing.aborted) await this.#resumed.wait(undefined, closing);
  }

  /** Tells a server of a mark. Rejects with a Failure. */
  async tell({ id, conversationId, resume }: Mark): Promise<void> {
    const { calls, store } = this.#options;
    const reply = await calls.call(markRead, markRead.requestType.create({ conversationId, resume: fromHex(resume) }));
    store.applyReadMark(conversationId, this.#covered.get(id) ?? new Set(), reply.unreadCount);
    if (reply.unreadCount > 0) this.#options.uncertain(conversationId);
  }

  async #mark(conversationId: string): Promise<void> {
    const { clock, cursors, keep, random, store } = this.#options;
    this.#madeAt.set(conversationId, elapsed(clock));
    const id = newId(random);
    this.#covered.set(id, new Set(store.rows(conversationId).filter((row) => row.unread).map(messageKey)));
    try {
      await keep({ id, kind: 'read', conversationId, resume: toHex(cursors.resume) });
    } finally {
      this.#covered.delete(id);
    }
  }
}
