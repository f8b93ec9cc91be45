import { formatEntries, type OutboxEntry, parseEntries } from './outbox-entry.ts';
import type { Storage } from './storage.ts';

/** The messages in an account's outbox, in order: here and in storage, which other tabs may change too. */
export class OutboxEntries {
  readonly #storage: Storage;
  readonly #changed: (entries: readonly OutboxEntry[]) => void;
  readonly #beforeAmending: () => Promise<void>;
  #key = '';
  #entries: readonly OutboxEntry[] = [];
  #saved: Promise<void> = Promise.resolve();

  /** `changed`: the entries are others now. `beforeAmending`: storage waits for this before an entry is replaced or removed there. */
  constructor(storage: Storage, changed: (entries: readonly OutboxEntry[]) => void, beforeAmending: () => Promise<void>) {
    this.#storage = storage;
    this.#changed = changed;
    this.#beforeAmending = beforeAmending;
  }

  get all(): readonly OutboxEntry[] {
    return this.#entries;
  }

  get(messageId: string): OutboxEntry | undefined {
    return this.#entries.find((entry) => entry.messageId === messageId);
  }

  /** From now on the entries are those of this account; none are known before `load`. */
  belongTo(accountId: string): void {
    this.#key = `outbox:${accountId}`;
    this.#set([]);
  }

  /** Forgets the entries here; storage keeps them. */
  letGo(): void {
    this.#set([]);
  }

  /** Forgets them in storage too. */
  async forget(): Promise<void> {
    this.letGo();
    await this.#saved;
    await this.#storage.delete(this.#key);
  }

  /** Adds what storage has and is not here, before what came meanwhile. */
  async load(stopped: AbortSignal): Promise<void> {
    await this.#saved;
    const kept = parseEntries(await this.#storage.get(this.#key));
    if (stopped.aborted) return;
    const already = new Set(kept.map((entry) => entry.messageId));
    this.#set([...kept.map((entry) => this.get(entry.messageId) ?? entry), ...this.#entries.filter((entry) => !already.has(entry.messageId))]);
  }

  /** At the end; one that is there already stays as it is. */
  add(entry: OutboxEntry): void {
    if (this.get(entry.messageId)) return;
    this.#set([...this.#entries, entry]);
    this.#save((kept) => [...kept.filter((other) => other.messageId !== entry.messageId), entry]);
  }

  replace(entry: OutboxEntry): void {
    const put = (entries: readonly OutboxEntry[]): OutboxEntry[] => entries.map((each) => (each.messageId === entry.messageId ? entry : each));
    this.#set(put(this.#entries));
    this.#save(put, this.#beforeAmending());
  }

  remove(messageId: string): void {
    const without = (entries: readonly OutboxEntry[]): OutboxEntry[] => entries.filter((entry) => entry.messageId !== messageId);
    this.#set(without(this.#entries));
    this.#save(without, this.#beforeAmending());
  }

  /** Resolves when storage holds what happened so far. */
  saved(): Promise<void> {
    return this.#saved;
  }

  #set(entries: readonly OutboxEntry[]): void {
    this.#entries = entries;
    this.#changed(entries);
  }

  #save(change: (kept: OutboxEntry[]) => readonly OutboxEntry[], before?: Promise<void>): void {
    const key = this.#key;
    this.#saved = Promise.all([this.#saved, before]).then(() => this.#storage.update(key, (text) => formatEntries(change(parseEntries(text)))));
  }
}
