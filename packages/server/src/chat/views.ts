import { type Account, type Conversation, type Message, type MessageEdit, Receipt } from '@parley/proto/chat';
import type { ConversationRow } from '../store/queries/conversations.ts';
import type { MessageRow } from '../store/queries/messages.ts';
import type { Queries } from '../store/queries/queries.ts';
import { MAX_UNREAD_COUNTED } from './limits.ts';

/** Rows as the chat service's messages show them. */

/** An account; one that is not here yet shows as without a name. */
export function accountView(queries: Queries, accountId: string): Account {
  const row = queries.accounts.byId(accountId);
  return { accountId, username: row?.username ?? '', deleted: row?.deleted ?? false };
}

/** A message that has a place; undefined for one whose creation has not come yet. */
export function messageView(row: MessageRow): Message | undefined {
  if (!row.position) return undefined;
  const { conversationId, senderId, messageId, text, sentAtMs, position, deleted, unread, hidden, edit, replyTo, createdBy } = row;
  return {
    conversationId, senderId, messageId, text, position, sentAtMs, deleted, unread, hidden, replyTo,
    edit: edit && editView(edit),
    createdSeq: createdBy.seq,
    receipt: row.receipt === undefined ? Receipt.RECEIPT_UNSPECIFIED : row.receipt === 'read' ? Receipt.RECEIPT_READ : Receipt.RECEIPT_DELIVERED,
    copies: undefined,
  };
}

function editView({ editedAtMs, revision, hlc, origin }: NonNullable<MessageRow['edit']>): MessageEdit {
  return { editedAtMs, revision, stamp: { hlc, origin } };
}

/** A conversation as `viewer` sees it. */
export function conversationView(queries: Queries, viewer: string, { conversationId, accountIds }: ConversationRow): Conversation {
  const [newest] = queries.messages.page(viewer, conversationId, undefined, 1);
  return {
    conversationId,
    others: [...new Set(accountIds)].filter((accountId) => accountId !== viewer).map((accountId) => accountView(queries, accountId)),
    lastMessage: newest && messageView(newest),
    unreadCount: queries.messages.unreadCount(viewer, conversationId, MAX_UNREAD_COUNTED),
  };
}
