import type { Position } from '@parley/proto/chat';
import type { Clock } from './clock.ts';
import type { Storage } from './storage.ts';

/** Messages are ticked as they are sent and shown: storage is written at most so often for that. */
const APART_MS = 1_000;
/** Each start of a replica that writes begins an origin. Of more than these, which are those of years, the ones that rose longest ago are let go. */
const MOST_ORIGINS = 200;

/** Where a message was created: what ticks count by. */
export interface Creation {
  readonly position: Pick<Position, 'origin'>;
  readonly createdSeq: number;
}

/**
 * Up to where the account's own messages were on all servers that were up, kept with the account: a tick stays [A10], also after a reload, and where a server
 * answers that knows less, as one that was started anew does. A replica that holds a change holds all that came before it in its origin, so a number for
 * each origin says it of all messages.
 */
export class Ticks {
  readonly #storage: Storage;
  readonly #clock: Clock;
  /** Origin → seq; what rose last is last. */
  readonly #upTo = new Map<number, number>();
  #accountId: string | undefined;
  #saved: Promise<void> = Promise.resolve();
  #timer: unknown;

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** From now on they are those of this account, or of nobody; resolves when those that were kept are known. */
  async belongTo(accountId: string | undefined): Promise<void> {
    void this.keep();
    this.#accountId = accountId;
    this.#upTo.clear();
    if (accountId === undefined) return;
    await this.#saved;
    const kept = parse(await this.#storage.get(keyOf(accountId)));
    if (this.#accountId === accountId) for (const [origin, seq] of kept) this.#raise(origin, seq);
  }

  /** Was this message, or a later one of its origin, on all servers that were up? */
  covers({ position, createdSeq }: Creation): boolean {
    return createdSeq > 0 && (this.#upTo.get(position.origin) ?? 0) >= createdSeq;
  }

  /** This creation is on all servers that are up. */
  add(creation: Creation): void {
    const { position, createdSeq } = creation;
    // A server of before such numbers tells none.
    if (createdSeq === 0 || this.#accountId === undefined || this.covers(creation)) return;
    this.#raise(position.origin, createdSeq);
    this.#timer ??= this.#clock.setTimeout(() => void this.keep(), APART_MS);
  }

  /** Resolves when storage holds what is known so far. */
  keep(): Promise<void> {
    if (this.#timer === undefined || this.#accountId === undefined) return this.#saved;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const own = [...this.#upTo];
    const key = keyOf(this.#accountId);
    this.#saved = this.#saved.then(() => this.#storage.update(key, (text) => format([...parse(text), ...own])));
    return this.#saved;
  }

  /** Forgets them in storage too. */
  async forget(): Promise<void> {
    const accountId = this.#accountId;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#accountId = undefined;
    this.#upTo.clear();
    await this.#saved;
    if (accountId !== undefined) await this.#storage.delete(keyOf(accountId));
  }

  #raise(origin: number, seq: number): void {
    const held = this.#upTo.get(origin) ?? 0;
    this.#upTo.delete(origin);
    this.#upTo.set(origin, Math.max(held, seq));
    const [oldest] = this.#upTo.keys();
    if (oldest !== undefined && this.#upTo.size > MOST_ORIGINS) this.#upTo.delete(oldest);
  }
}

function keyOf(accountId: string): string {
  return `ticks:${accountId}`;
}

/** `origin:seq`, the highest of each origin, those last that are last in `all`. */
function format(all: readonly (readonly [origin: number, seq: number])[]): string {
  const highest = new Map<number, number>();
  for (const [origin, seq] of all) {
    const held = highest.get(origin) ?? 0;
    highest.delete(origin);
    highest.set(origin, Math.max(held, seq));
  }
  return [...highest].slice(-MOST_ORIGINS).map(([origin, seq]) => `${origin}:${seq}`).join(' ');
}

/** What is not of that form is left out. */
function parse(text: string | undefined): [origin: number, seq: number][] {
  const found: [number, number][] = [];
  for (const [, origin, seq] of (text ?? '').matchAll(/(?<!\S)(\d{1,15}):(\d{1,15})(?!\S)/g)) found.push([Number(origin), Number(seq)]);
  return found;
}
