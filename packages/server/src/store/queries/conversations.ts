import type { Connection } from '../database.ts';

export interface ConversationRow {
  readonly conversationId: string;
  /** The two accounts of a direct conversation; twice the same for the one with oneself. */
  readonly accountIds: readonly [string, string];
}

/** Where a page of conversations goes on: after the one with this newest message. */
export interface ConversationCursor {
  readonly newestHlc: number;
  readonly conversationId: string;
}

interface Row {
  conversationId: string;
  a: string;
  b: string;
}

export class ConversationQueries {
  readonly #byId;
  readonly #isMember;
  readonly #list;

  constructor(db: Connection) {
    this.#byId = db.prepare<[string], Row>('SELECT conversation_id AS conversationId, direct_account_a AS a, direct_account_b AS b FROM conversations WHERE conversation_id = ?');
    this.#isMember = db.prepare<[string, string], { member: number }>('SELECT member FROM members WHERE conversation_id = ? AND account_id = ?');
    this.#list = db.prepare<{ viewer: string; newestHlc: number; conversationId: string; limit: number }, Row & { newestHlc: number }>(
      `SELECT * FROM (
         SELECT c.conversation_id AS conversationId, c.direct_account_a AS a, c.direct_account_b AS b, coalesce((
           SELECT m.created_hlc FROM messages m
           WHERE m.conversation_id = c.conversation_id AND m.created_hlc IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM hidden h WHERE h.account_id = :viewer AND h.sender_id = m.sender_id AND h.message_id = m.message_id AND h.hidden = 1)
           ORDER BY m.created_hlc DESC LIMIT 1), 0) AS newestHlc
         FROM members JOIN conversations c ON c.conversation_id = members.conversation_id
         WHERE members.account_id = :viewer AND members.member = 1)
       WHERE (-newestHlc, conversationId) > (-:newestHlc, :conversationId)
       ORDER BY newestHlc DESC, conversationId LIMIT :limit`,
    );
  }

  byId(conversationId: string): ConversationRow | undefined {
    const row = this.#byId.get(conversationId);
    return row && toConversation(row);
  }

  isMember(conversationId: string, accountId: string): boolean {
    return this.#isMember.get(conversationId, accountId)?.member === 1;
  }

  /** The viewer's conversations, the one with the newest message that it may see first. */
  list(viewer: string, after: ConversationCursor, limit: number): (ConversationRow & ConversationCursor)[] {
    return this.#list.all({ viewer, ...after, limit }).map((row) => ({ ...toConversation(row), newestHlc: row.newestHlc }));
  }
}

function toConversation(row: Row): ConversationRow {
  return { conversationId: row.conversationId, accountIds: [row.a, row.b] };
}
