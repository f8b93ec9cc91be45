import type { Connection } from '../database.ts';
import { RECEIPT_DELIVERED, RECEIPT_READ } from '../merge.ts';
import { MESSAGE_DELETED_STATE, MESSAGE_EDITED_STATE } from '../message-state.ts';

/** A message as one account sees it. */
export interface MessageRow {
  readonly conversationId: string;
  readonly senderId: string;
  readonly messageId: string;
  readonly text: string;
  readonly sentAtMs: number;
  readonly deleted: boolean;
  /** The newest edit of its text; undefined when there is none, or the message is deleted. */
  readonly edit: { readonly editedAtMs: number; readonly revision: number; readonly hlc: number; readonly origin: number } | undefined;
  /** The message that it answers; undefined when it answers none, or is deleted. */
  readonly replyTo: { readonly senderId: string; readonly messageId: string } | undefined;
  /** Its place: its lowest creation. Undefined: no creation has come yet, it is not shown. */
  readonly position: { readonly hlc: number; readonly origin: number } | undefined;
  /** The change that created it there. */
  readonly createdBy: { readonly origin: number; readonly seq: number };
  /** The change that made its content what it is. */
  readonly contentBy: { readonly origin: number; readonly seq: number };
  readonly unread: boolean;
  readonly hidden: boolean;
  /** Of the viewer's own messages: how far they have come with others. */
  readonly receipt: 'delivered' | 'read' | undefined;
}

interface Row {
  conversationId: string;
  senderId: string;
  messageId: string;
  text: string;
  sentAtMs: number;
  state: number;
  hlc: number | null;
  origin: number;
  createdSeq: number;
  contentHlc: number;
  contentOrigin: number;
  contentSeq: number;
  editedAtMs: number;
  revision: number;
  toSenderId: string | null;
  toMessageId: string | null;
  unread: number;
  hidden: number;
  receipt: number | null;
}

/** [R2] A message is read when the viewer's read vector covers any of its creations. */
const IS_READ = `(
  EXISTS (SELECT 1 FROM receipts r WHERE r.account_id = :viewer AND r.conversation_id = m.conversation_id AND r.kind = ${RECEIPT_READ}
    AND r.of_origin = m.created_origin AND r.upto_seq >= m.created_seq)
  OR EXISTS (SELECT 1 FROM creations c JOIN receipts r ON r.of_origin = c.origin AND r.upto_seq >= c.seq
    WHERE c.sender_id = m.sender_id AND c.message_id = m.message_id
    AND r.account_id = :viewer AND r.conversation_id = m.conversation_id AND r.kind = ${RECEIPT_READ}))`;
/** What others' marks say of a message, by any of its creations: null, RECEIPT_READ or RECEIPT_DELIVERED. */
const RECEIPT = `(
  SELECT min(r.kind) FROM members o
    JOIN (SELECT m.created_origin AS origin, m.created_seq AS seq UNION ALL SELECT c.origin, c.seq FROM creations c WHERE c.sender_id = m.sender_id AND c.message_id = m.message_id) made
    JOIN receipts r ON r.account_id = o.account_id AND r.conversation_id = o.conversation_id AND r.kind IN (${RECEIPT_READ}, ${RECEIPT_DELIVERED})
      AND r.of_origin = made.origin AND r.upto_seq >= made.seq
  WHERE o.conversation_id = m.conversation_id AND o.account_id <> m.sender_id)`;
const IS_HIDDEN = 'EXISTS (SELECT 1 FROM hidden h WHERE h.account_id = :viewer AND h.sender_id = m.sender_id AND h.message_id = m.message_id AND h.hidden = 1)';
const COLUMNS = `m.conversation_id AS conversationId, m.sender_id AS senderId, m.message_id AS messageId, m.text, m.sent_at_ms AS sentAtMs, m.state,
  m.created_hlc AS hlc, m.created_origin AS origin, m.created_seq AS createdSeq, m.hlc AS contentHlc, m.origin AS contentOrigin, m.seq AS contentSeq,
  m.edited_at_ms AS editedAtMs, m.revision, p.to_sender_id AS toSenderId, p.to_message_id AS toMessageId,
  (m.sender_id <> :viewer AND m.state <> ${MESSAGE_DELETED_STATE} AND NOT ${IS_READ}) AS unread, ${IS_HIDDEN} AS hidden,
  CASE WHEN m.sender_id = :viewer THEN ${RECEIPT} END AS receipt`;

const FROM = 'FROM messages m LEFT JOIN replies p ON p.sender_id = m.sender_id AND p.message_id = m.message_id';

/** The origins that created messages of a conversation: from one to the next by index, whatever their number of messages. */
const ORIGINS = `WITH RECURSIVE origins(origin) AS (
  SELECT min(created_origin) FROM messages WHERE conversation_id = :conversationId
  UNION ALL
  SELECT (SELECT min(created_origin) FROM messages WHERE conversation_id = :conversationId AND created_origin > origins.origin)
  FROM origins WHERE origins.origin IS NOT NULL)`;

export class MessageQueries {
  readonly #byKey;
  readonly #page;
  readonly #unread;
  readonly #origins;
  readonly #hiddenBy;
  readonly #erasedWithoutTombstone;
  readonly #edit;
  readonly #editCount;

  constructor(db: Connection) {
    this.#byKey = db.prepare<{ viewer: string; senderId: string; messageId: string }, Row>(
      `SELECT ${COLUMNS} ${FROM} WHERE m.sender_id = :senderId AND m.message_id = :messageId`,
    );
    this.#page = db.prepare<{ viewer: string; conversationId: string; hlc: number; origin: number; limit: number }, Row>(
      `SELECT ${COLUMNS} ${FROM}
       WHERE m.conversation_id = :conversationId AND m.created_hlc IS NOT NULL AND (m.created_hlc, m.created_origin) < (:hlc, :origin) AND NOT ${IS_HIDDEN}
       ORDER BY m.created_hlc DESC, m.created_origin DESC LIMIT :limit`,
    );
    // In each origin only what lies beyond the read mark is looked at: what is read costs nothing.
    this.#unread = db.prepare<{ viewer: string; conversationId: string; limit: number }, { unread: number }>(
      `${ORIGINS}
       SELECT count(*) AS unread FROM (
         SELECT 1 FROM origins JOIN messages m ON m.conversation_id = :conversationId AND m.created_origin = origins.origin
           AND m.created_seq > coalesce((SELECT upto_seq FROM receipts r WHERE r.account_id = :viewer AND r.conversation_id = :conversationId
             AND r.kind = ${RECEIPT_READ} AND r.of_origin = origins.origin), 0)
         WHERE m.sender_id <> :viewer AND m.state <> ${MESSAGE_DELETED_STATE} AND NOT ${IS_READ} AND NOT ${IS_HIDDEN}
         LIMIT :limit)`,
    );
    this.#origins = db.prepare<{ conversationId: string }, { origin: number }>(
      `${ORIGINS}
       SELECT origin FROM origins WHERE origin IS NOT NULL
       UNION SELECT c.origin FROM creations c JOIN messages m ON m.sender_id = c.sender_id AND m.message_id = c.message_id WHERE m.conversation_id = :conversationId`,
    );
    this.#hiddenBy = db.prepare<[string, string, string], { origin: number; seq: number }>('SELECT origin, seq FROM hidden WHERE account_id = ? AND sender_id = ? AND message_id = ?');
    this.#erasedWithoutTombstone = db.prepare<[number], Pick<MessageRow, 'senderId' | 'messageId' | 'conversationId' | 'sentAtMs'>>(
      `SELECT sender_id AS senderId, message_id AS messageId, conversation_id AS conversationId, sent_at_ms AS sentAtMs FROM messages WHERE state = ${MESSAGE_DELETED_STATE} AND hlc = 0 LIMIT ?`,
    );
    this.#edit = db.prepare<[string, string, string], { origin: number; seq: number }>('SELECT origin, seq FROM edits WHERE sender_id = ? AND message_id = ? AND edit_id = ? ORDER BY hlc LIMIT 1');
    this.#editCount = db.prepare<[string, string], { edits: number }>('SELECT count(*) AS edits FROM edits WHERE sender_id = ? AND message_id = ?');
  }

  /** Messages of which only erased creations have come: that they are deleted is known, but no change says so. */
  erasedWithoutTombstone(limit: number): Pick<MessageRow, 'senderId' | 'messageId' | 'conversationId' | 'sentAtMs'>[] {
    return this.#erasedWithoutTombstone.all(limit);
  }

  /** The change that hid a message for the account, or showed it again; undefined when there was none. */
  hiddenBy(accountId: string, senderId: string, messageId: string): { origin: number; seq: number } | undefined {
    return this.#hiddenBy.get(accountId, senderId, messageId);
  }

  /** The change that made this edit of a message; undefined where it is not here, or the message is deleted. */
  edit(senderId: string, messageId: string, editId: string): { origin: number; seq: number } | undefined {
    return this.#edit.get(senderId, messageId, editId);
  }

  /** How many edits of a message are here. */
  editCount(senderId: string, messageId: string): number {
    return this.#editCount.get(senderId, messageId)?.edits ?? 0;
  }

  byKey(viewer: string, senderId: string, messageId: string): MessageRow | undefined {
    const row = this.#byKey.get({ viewer, senderId, messageId });
    return row && toMessage(row);
  }

  /** Messages of a conversation that stand before a position, newest first, without those that the viewer hid. */
  page(viewer: string, conversationId: string, before: { hlc: number; origin: number } | undefined, limit: number): MessageRow[] {
    const { hlc, origin } = before ?? { hlc: Number.MAX_SAFE_INTEGER, origin: 0 };
    return this.#page.all({ viewer, conversationId, hlc, origin, limit }).map(toMessage);
  }

  /** The viewer's unread messages of a conversation; counting stops at `limit`. */
  unreadCount(viewer: string, conversationId: string, limit: number): number {
    return this.#unread.get({ viewer, conversationId, limit })?.unread ?? 0;
  }

  /** The origins that created messages of a conversation. */
  originsOf(conversationId: string): Set<number> {
    return new Set(this.#origins.all({ conversationId }).map(({ origin }) => origin));
  }
}

function toMessage(row: Row): MessageRow {
  const { state, hlc, origin, createdSeq, contentHlc, contentOrigin, contentSeq, editedAtMs, revision, toSenderId, toMessageId, unread, hidden, receipt, ...rest } = row;
  return {
    ...rest,
    deleted: state === MESSAGE_DELETED_STATE,
    edit: state === MESSAGE_EDITED_STATE ? { editedAtMs, revision, hlc: contentHlc, origin: contentOrigin } : undefined,
    replyTo: toSenderId === null || toMessageId === null ? undefined : { senderId: toSenderId, messageId: toMessageId },
    position: hlc === null ? undefined : { hlc, origin },
    createdBy: { origin, seq: createdSeq },
    contentBy: { origin: contentOrigin, seq: contentSeq },
    unread: unread === 1,
    hidden: hidden === 1,
    receipt: receipt === null ? undefined : receipt === RECEIPT_READ ? 'read' : 'delivered',
  };
}
