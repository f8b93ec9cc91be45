import { Receipt, type ReceiptMark } from '@parley/proto/chat';
import type { MessageRow } from './rows.ts';

/** What others' marks say of one's own messages, as the stream brings them; servers tell the same with each message. It only rises. */
export class Receipts {
  /** By conversation, for each kind of mark: origin → seq. */
  readonly #marks = new Map<string, Map<Receipt, Map<number, number>>>();

  /** Returns of which messages' creations the mark tells something new. */
  apply({ conversationId, receipt, upTo }: ReceiptMark): (row: MessageRow) => boolean {
    const kinds = this.#marks.get(conversationId) ?? new Map<Receipt, Map<number, number>>();
    this.#marks.set(conversationId, kinds);
    const marked = kinds.get(receipt) ?? new Map<number, number>();
    kinds.set(receipt, marked);
    const rose = new Map<number, { readonly from: number; readonly to: number }>();
    for (const { origin, seq } of upTo) {
      const before = marked.get(origin) ?? 0;
      if (seq <= before) continue;
      rose.set(origin, { from: before, to: seq });
      marked.set(origin, seq);
    }
    return ({ position, createdSeq }) => {
      const { from = 0, to = 0 } = rose.get(position.origin) ?? {};
      return createdSeq > from && createdSeq <= to;
    };
  }

  of(row: MessageRow): 'delivered' | 'read' | undefined {
    if (row.receipt === Receipt.RECEIPT_READ || this.#covers(row, Receipt.RECEIPT_READ)) return 'read';
    return row.receipt === Receipt.RECEIPT_DELIVERED || this.#covers(row, Receipt.RECEIPT_DELIVERED) ? 'delivered' : undefined;
  }

  clear(): void {
    this.#marks.clear();
  }

  #covers({ conversationId, position, createdSeq }: MessageRow, receipt: Receipt): boolean {
    return createdSeq > 0 && (this.#marks.get(conversationId)?.get(receipt)?.get(position.origin) ?? 0) >= createdSeq;
  }
}
