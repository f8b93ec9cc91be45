import type { Message } from '@parley/proto/chat';
import type { MessageKey } from './api.ts';
import { type MessageRow, mergeMessage, messageKey, type Word } from './rows.ts';

/**
 * Messages that others answer and that are not among their conversations' rows, as what lies between is not loaded: they were asked for by their ids, or let go of. And
 * those that no server had.
 */
export class Fetched {
  readonly #rows = new Map<string, MessageRow>();
  readonly #missing = new Set<string>();

  get(key: MessageKey): MessageRow | undefined {
    return this.#rows.get(messageKey(key));
  }

  put(word: Message, standing: Word): void {
    const key = messageKey(word);
    this.#rows.set(key, mergeMessage(this.#rows.get(key), word, standing));
    this.#missing.delete(key);
  }

  isMissing(key: MessageKey): boolean {
    return this.#missing.has(messageKey(key));
  }

  miss(key: MessageKey): void {
    this.#missing.add(messageKey(key));
  }

  /** It was among its conversation's rows, where it may have changed since it was asked for, and is not any more. `isWanted`: others answer it. */
  take(row: MessageRow, isWanted: boolean): void {
    const key = messageKey(row);
    this.#missing.delete(key);
    if (isWanted) this.#rows.set(key, row);
    else this.#rows.delete(key);
  }

  /** What was missing may be there now. Returns its keys. */
  forgetMissing(): readonly string[] {
    const missing = [...this.#missing];
    this.#missing.clear();
    return missing;
  }

  clear(): void {
    this.#rows.clear();
    this.#missing.clear();
  }
}
