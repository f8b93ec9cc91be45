import type { ChatServiceDefinition } from '@parley/proto/chat';
import { ChangeKind, DeliveryMarked, ReadMarked } from '@parley/proto/replication';
import { invalid } from '../errors.ts';
import type { Handlers } from '../grpc/handlers.ts';
import type { VersionVector } from '../stamp/version-vector.ts';
import type { Transaction } from '../store/store.ts';
import { checkId } from './fields.ts';
import { MAX_MARKED_AT_ONCE, MAX_UNREAD_COUNTED } from './limits.ts';
import { noConversation } from './messages.ts';
import type { ChatParts } from './parts.ts';
import { cover } from './seen.ts';

type Methods = 'markRead' | 'markDelivered';

/** Marks tell how far an account has got in a conversation: what was delivered to it, and what it has read. */
export function markHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, Methods> {
  const { store, sessions, cursors } = parts;
  return {
    markRead: async (request, call) => {
      checkId('conversation_id', request.conversationId);
      const { vector } = cursors.read('resume', request.resume);
      const seen = await cover(parts, request.seen);
      const me = sessions.of(call);
      await store.write((tx) => {
        if (!tx.queries.conversations.isMember(request.conversationId, me.accountId)) throw seen.missing(noConversation());
        const read = newlyCovered(tx, request.conversationId, vector, tx.queries.receipts.read(me.accountId, request.conversationId));
        if (read.length > 0) tx.append(ChangeKind.CHANGE_KIND_READ_MARKED, `${me.accountId}/${request.conversationId}`, ReadMarked.encode({ read }).finish());
      });
      return { unreadCount: store.queries.messages.unreadCount(me.accountId, request.conversationId, MAX_UNREAD_COUNTED), seen: seen.cursor() };
    },

    markDelivered: async ({ conversationIds, resume, seen: shown }, call) => {
      if (conversationIds.length === 0 || conversationIds.length > MAX_MARKED_AT_ONCE) throw invalid('conversation_ids', `conversation_ids has to hold 1 to ${MAX_MARKED_AT_ONCE} ids`);
      for (const conversationId of conversationIds) checkId('conversation_ids', conversationId);
      const { vector } = cursors.read('resume', resume);
      const seen = await cover(parts, shown);
      const { accountId } = sessions.of(call);
      await store.write((tx) => {
        for (const conversationId of new Set(conversationIds)) {
          if (!tx.queries.conversations.isMember(conversationId, accountId)) continue;
          const delivered = newlyCovered(tx, conversationId, vector, tx.queries.receipts.delivered(accountId, conversationId));
          if (delivered.length > 0) tx.append(ChangeKind.CHANGE_KIND_DELIVERY_MARKED, `${accountId}/${conversationId}`, DeliveryMarked.encode({ delivered }).finish());
        }
      });
      return { seen: seen.cursor() };
    },
  };
}

/**
 * The entries by which `vector` raises a mark [R1]. Where this replica covers the vector it knows which origins wrote
 * into the conversation, and the others say nothing; where it does not, all are kept.
 */
function newlyCovered(tx: Transaction, conversationId: string, vector: VersionVector, before: ReadonlyMap<number, number>): { origin: number; seq: number }[] {
  const writers = tx.vector.reaches(vector) ? tx.queries.messages.originsOf(conversationId) : undefined;
  return [...vector].filter(({ origin, seq }) => seq > (before.get(origin) ?? 0) && (writers?.has(origin) ?? true)).map(({ origin, seq }) => ({ origin, seq }));
}
