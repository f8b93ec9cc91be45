import type { Copies } from '@parley/proto/chat';
import { OutboxEntries } from './outbox-entries.ts';
import { isDone, type OutboxEntry, wantsCopy } from './outbox-entry.ts';
import { OutboxLanes, type OutboxLanesOptions } from './outbox-lanes.ts';
import type { Storage } from './storage.ts';

export interface OutboxOptions extends Omit<OutboxLanesOptions, 'entries' | 'offered'> {
  readonly storage: Storage;
  /** The entries are others now. */
  readonly changed: (entries: readonly OutboxEntry[]) => void;
  /** What storage has is here. */
  readonly loaded: () => void;
  /** The message is shown among those that servers have. */
  readonly isPlaced: (entry: OutboxEntry) => boolean;
  /**
   * Resolves when storage holds what this client has been shown. Before that storage forgets no message: the next one, sent after a reload to a server that
   * lacks it, would stand above it.
   */
  readonly keepSeen: () => Promise<void>;
}

/** Messages on their way out. A message leaves when two replicas have it, or when it was refused and is discarded. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #entries: OutboxEntries;
  readonly #lanes: OutboxLanes;
  #run: AbortController | undefined;
  /** Messages that were put in since the start and offered to no server: nobody can know their text. */
  readonly #fresh = new Set<string>();
  #isLoaded = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#entries = new OutboxEntries(options.storage, options.changed, options.keepSeen);
    this.#lanes = new OutboxLanes({ ...options, entries: this.#entries, offered: (messageId) => this.#fresh.delete(messageId) });
  }

  /** Sends what is kept for this account, and then whatever is put in. */
  start(accountId: string): void {
    this.stop();
    const run = new AbortController();
    this.#run = run;
    this.#entries.belongTo(accountId);
    void this.#entries.load(run.signal).then(() => {
      if (run.signal.aborted) return undefined;
      this.#isLoaded = true;
      this.#options.loaded();
      return this.#lanes.run(run.signal);
    });
  }

  /** What is not sent stays in storage. */
  stop(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#lanes.forget();
    this.#fresh.clear();
    this.#isLoaded = false;
    this.#entries.letGo();
  }

  /** Stops, and forgets what was not sent. */
  async clear(): Promise<void> {
    this.stop();
    await this.#entries.forget();
  }

  /** Resolves when the message is in storage. It is in `changed` before that. */
  async put(entry: OutboxEntry): Promise<void> {
    if (!this.has(entry.messageId)) this.#fresh.add(entry.messageId);
    // A tab that does not know whether its engine had heard it says it again: that changes nothing.
    this.#entries.add(entry);
    this.#lanes.added();
    await this.saved();
  }

  /** Is the message here: not on two servers yet, or refused? */
  has(messageId: string): boolean {
    return this.#entries.get(messageId) !== undefined;
  }

  /** Has no server the message, as far as is known? Before storage was read it may be so. */
  mayBeUnsent(messageId: string): boolean {
    const entry = this.#entries.get(messageId);
    return !this.#isLoaded || (entry !== undefined && entry.stored === 0);
  }

  /** Gives a message that no server was offered, or that was refused for good, another text; one that was refused is sent once more. False: it is too late for that. */
  amend(messageId: string, text: string): boolean {
    const entry = this.#entries.get(messageId);
    if (!entry || !(entry.failure !== undefined || this.#fresh.has(messageId))) return false;
    this.#entries.replace({ ...entry, text });
    this.retry(messageId);
    return true;
  }

  /** So many replicas hold a message that a server has acknowledged: it need not be offered to others when two have it. */
  told(messageId: string, copies: Copies): void {
    const held = this.#entries.get(messageId);
    // One that is shown only because it is here waits for the answer, which brings it.
    if (!held || !wantsCopy(held) || copies.stored <= held.stored || !this.#options.isPlaced(held)) return;
    const entry = { ...held, stored: copies.stored, replicas: copies.replicas };
    if (isDone(entry)) this.#entries.remove(messageId);
    else this.#entries.replace(entry);
  }

  /** Sends a message that was refused once more, after all others: the reason may be gone. */
  retry(messageId: string): void {
    const refused = this.#entries.get(messageId);
    if (refused?.failure === undefined) return;
    this.#entries.remove(messageId);
    void this.put({ ...refused, failure: undefined, failureCode: undefined, since: this.#options.clock.now() });
  }

  /** Takes out a message that was refused. */
  discard(messageId: string): void {
    if (this.#entries.get(messageId)?.failure !== undefined) this.#entries.remove(messageId);
  }

  /** Resolves when storage holds what happened so far. */
  saved(): Promise<void> {
    return this.#entries.saved();
  }

  /** What waits goes on at once. */
  wake(): void {
    this.#lanes.wake();
  }

  /** Takes over what others on the same storage have put there and left. */
  async refresh(): Promise<void> {
    if (!this.#run) return;
    await this.#entries.load(this.#run.signal);
    this.#lanes.added();
  }
}
