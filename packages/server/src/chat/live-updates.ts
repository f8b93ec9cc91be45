import { Receipt, type ReceiptUpTo, Replica, type Update } from '@parley/proto/chat';
import { ChangeKind, DeliveryMarked, ReadMarked } from '@parley/proto/replication';
import type { LoggedChange } from '../store/log.ts';
import { keyParts } from '../store/rule.ts';
import type { Queries } from '../store/queries/queries.ts';
import { messageViews } from './own-messages.ts';
import type { ChatParts } from './parts.ts';
import { accountView, conversationView } from './views.ts';

type What = NonNullable<Update['update']>;

/**
 * What a change means to one account: the state that it led to, as this replica's tables have it now [L1]. So a deleted text never
 * goes out, and applying an update twice changes nothing. Empty for what the account may not see.
 */
export function updatesOf(parts: Pick<ChatParts, 'hub' | 'replication' | 'store'>, viewer: string, { header, change }: LoggedChange): What[] {
  const { queries } = parts.store;
  switch (header.kind) {
    case ChangeKind.CHANGE_KIND_MESSAGE_CREATED:
    case ChangeKind.CHANGE_KIND_MESSAGE_DELETED: {
      const [senderId, messageId] = keyParts(header, 2) ?? [];
      return senderId && messageId ? messageUpdate(parts, viewer, senderId, messageId) : [];
    }
    case ChangeKind.CHANGE_KIND_MESSAGE_EDITED: {
      const [senderId, messageId] = keyParts(header, 3) ?? [];
      return senderId && messageId ? messageUpdate(parts, viewer, senderId, messageId) : [];
    }
    case ChangeKind.CHANGE_KIND_HIDDEN_SET: {
      const [accountId, senderId, messageId] = keyParts(header, 3) ?? [];
      return accountId === viewer && senderId && messageId ? messageUpdate(parts, viewer, senderId, messageId) : [];
    }
    case ChangeKind.CHANGE_KIND_MEMBER_SET: {
      const [conversationId, accountId] = keyParts(header, 2) ?? [];
      return accountId === viewer && conversationId ? conversationUpdate(queries, viewer, conversationId) : [];
    }
    case ChangeKind.CHANGE_KIND_READ_MARKED: {
      const [accountId, conversationId] = keyParts(header, 2) ?? [];
      if (!accountId || !conversationId) return [];
      return accountId === viewer ? conversationUpdate(queries, viewer, conversationId) : receiptUpdate(queries, viewer, conversationId, Receipt.RECEIPT_READ, () => ReadMarked.decode(change.payload).read);
    }
    case ChangeKind.CHANGE_KIND_DELIVERY_MARKED: {
      const [accountId, conversationId] = keyParts(header, 2) ?? [];
      return conversationId && accountId !== viewer ? receiptUpdate(queries, viewer, conversationId, Receipt.RECEIPT_DELIVERED, () => DeliveryMarked.decode(change.payload).delivered) : [];
    }
    case ChangeKind.CHANGE_KIND_USERNAME_CLAIMED: {
      // A claim may give or take the name of others that claim it too.
      const [, canonical] = keyParts(header, 2) ?? [];
      const claims = canonical ? queries.accounts.claims(canonical) : [];
      return claims.map(({ accountId }) => ({ $case: 'account', value: accountView(queries, accountId) }));
    }
    case ChangeKind.CHANGE_KIND_ACCOUNT_DELETED:
      return [{ $case: 'account', value: accountView(queries, header.key) }];
    case ChangeKind.CHANGE_KIND_REPLICA_REGISTERED:
    case ChangeKind.CHANGE_KIND_REPLICA_REMOVED:
      return replicaUpdate(queries, header.key);
    default:
      return [];
  }
}

/** Empty for a replica that another one has taken the place of: that one's registration says so. */
function replicaUpdate({ replicas }: Queries, replicaId: string): What[] {
  if (replicas.removal(replicaId)) return [{ $case: 'replica', value: Replica.create({ replicaId, removed: true }) }];
  const row = replicas.members().find((member) => member.replicaId === replicaId);
  return row ? [{ $case: 'replica', value: Replica.create(row) }] : [];
}

/** Somebody else's mark, as the change has it: what it says is true for ever. */
function receiptUpdate(queries: Queries, viewer: string, conversationId: string, receipt: Receipt, read: () => ReceiptUpTo[]): What[] {
  if (!queries.conversations.isMember(conversationId, viewer)) return [];
  try {
    return [{ $case: 'receipt', value: { conversationId, receipt, upTo: read() } }];
  } catch {
    // Merging let it be too.
    return [];
  }
}

function messageUpdate(parts: Parameters<typeof updatesOf>[0], viewer: string, senderId: string, messageId: string): What[] {
  const { messages, conversations } = parts.store.queries;
  const row = messages.byKey(viewer, senderId, messageId);
  if (!row || !conversations.isMember(row.conversationId, viewer)) return [];
  return messageViews(parts, viewer, [row]).map((value) => ({ $case: 'message', value }));
}

function conversationUpdate(queries: Queries, viewer: string, conversationId: string): What[] {
  const row = queries.conversations.byId(conversationId);
  return row && queries.conversations.isMember(conversationId, viewer) ? [{ $case: 'conversation', value: conversationView(queries, viewer, row) }] : [];
}
