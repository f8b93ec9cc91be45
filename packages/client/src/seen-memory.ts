import type { Clock } from './clock.ts';
import { type Cursors, MOST_SENT } from './cursors.ts';
import { fromHex, toHex } from './hex.ts';
import type { Storage } from './storage.ts';

/** A busy stream brings a new cursor with every message: storage is written at most so often for those. */
const APART_MS = 1_000;

/**
 * Keeps with an account what its client has been shown, so that nothing goes back with the next start, and no server puts what is sent then above
 * what was sent before: as it lacks that, only a cursor can tell it. Soon after each change; at once when `keep` asks for it.
 */
export class SeenMemory {
  readonly #storage: Storage;
  readonly #cursors: Cursors;
  readonly #clock: Clock;
  #accountId: string | undefined;
  /** What this client has put into storage, or found there. Others on the same storage put theirs beside it. */
  #kept: readonly string[] = [];
  #saved: Promise<void> = Promise.resolve();
  #timer: unknown;

  constructor(storage: Storage, cursors: Cursors, clock: Clock) {
    this.#storage = storage;
    this.#cursors = cursors;
    this.#clock = clock;
  }

  /** From now on the cursors are those of this account, or of nobody. Requests wait until those that were kept are among them, and for what else is `recalled`. */
  belongTo(accountId: string | undefined, recalled: Promise<void>): void {
    if (this.#timer !== undefined) void this.keep();
    this.#accountId = undefined;
    this.#cursors.clear();
    this.#accountId = accountId;
    this.#kept = [];
    if (accountId !== undefined) this.#cursors.add(Promise.all([this.#recall(accountId), recalled]).then(([cursors]) => cursors));
  }

  /** The cursors have changed. */
  changed(): void {
    if (this.#accountId === undefined || this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimeout(() => void this.keep(), APART_MS);
  }

  /** Resolves when storage holds what this client has been shown so far. */
  keep(): Promise<void> {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const own = this.#cursors.outgoing().map(toHex);
    if (this.#accountId === undefined || (own.length === this.#kept.length && own.every((cursor, index) => cursor === this.#kept[index]))) return this.#saved;
    const before = new Set([...this.#kept, ...own]);
    this.#kept = own;
    const key = keyOf(this.#accountId);
    this.#saved = this.#saved.then(() => this.#storage.update(key, (text) => format([...own, ...parse(text).filter((cursor) => !before.has(cursor))].slice(0, MOST_SENT))));
    return this.#saved;
  }

  /** Forgets in storage too what the account was shown. */
  async forget(): Promise<void> {
    const accountId = this.#accountId;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#accountId = undefined;
    await this.#saved;
    if (accountId !== undefined) await this.#storage.delete(keyOf(accountId));
  }

  async #recall(accountId: string): Promise<readonly Uint8Array[]> {
    await this.#saved;
    const kept = parse(await this.#storage.get(keyOf(accountId)));
    if (this.#accountId !== accountId) return [];
    this.#kept = kept;
    return kept.map(fromHex);
  }
}

function keyOf(accountId: string): string {
  return `seen:${accountId}`;
}

function format(cursors: readonly string[]): string | undefined {
  return cursors.length > 0 ? cursors.join(' ') : undefined;
}

/** What is not a cursor is left out: servers would refuse the others with it. */
function parse(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((cursor) => /^([0-9a-f]{2})+$/.test(cursor)).slice(0, MOST_SENT);
}
