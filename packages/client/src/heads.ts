import { comparePositions, type MessageRow, messageKey } from './rows.ts';

/**
 * The newest messages of conversations as lists tell of them, while they are not among the conversations' rows: what lies before one of them may not be
 * here yet. So a list shows it at once, and a timeline when the stream or a page brings it after all that comes before.
 */
export class Heads {
  readonly #rows = new Map<string, MessageRow>();

  get(conversationId: string): MessageRow | undefined {
    return this.#rows.get(conversationId);
  }

  /** The newest one counts. */
  put(row: MessageRow): void {
    const held = this.#rows.get(row.conversationId);
    if (!held || comparePositions(row.position, held.position) >= 0) this.#rows.set(row.conversationId, row);
  }

  /** That message, where it is one of these; it is none any more. */
  take(message: { readonly conversationId: string; readonly senderId: string; readonly messageId: string }): MessageRow | undefined {
    const held = this.#rows.get(message.conversationId);
    if (!held || messageKey(held) !== messageKey(message)) return undefined;
    this.#rows.delete(message.conversationId);
    return held;
  }

  clear(): void {
    this.#rows.clear();
  }
}
