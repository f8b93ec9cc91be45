import type { Connection } from '../database.ts';
import { RECEIPT_DELIVERED, RECEIPT_READ } from '../merge.ts';

/** How far accounts have got in conversations: version vectors, as origin → seq. */
export class ReceiptQueries {
  readonly #upTo;

  constructor(db: Connection) {
    this.#upTo = db.prepare<{ accountId: string; conversationId: string; least: number; most: number }, { origin: number; seq: number }>(
      `SELECT of_origin AS origin, max(upto_seq) AS seq FROM receipts
       WHERE account_id = :accountId AND conversation_id = :conversationId AND kind BETWEEN :least AND :most GROUP BY of_origin`,
    );
  }

  /** What the account has read. */
  read(accountId: string, conversationId: string): Map<number, number> {
    return this.#map(accountId, conversationId, RECEIPT_READ);
  }

  /** What was delivered to the account: what it has read was too. */
  delivered(accountId: string, conversationId: string): Map<number, number> {
    return this.#map(accountId, conversationId, RECEIPT_DELIVERED);
  }

  #map(accountId: string, conversationId: string, most: number): Map<number, number> {
    return new Map(this.#upTo.all({ accountId, conversationId, least: RECEIPT_READ, most }).map(({ origin, seq }) => [origin, seq]));
  }
}
