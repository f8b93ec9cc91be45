import type { Message } from '@parley/proto/chat';
import type { MessageKey } from './api.ts';
import { type MessageRow, mergeMessage, messageKey, type Word } from './rows.ts';

/**
 * Messages that were asked for by their ids, as others answer them: they are not among their conversations' rows, as what lies between is not loaded. And those that no
 * server had.
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
