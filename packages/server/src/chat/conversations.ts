import type { ChatServiceDefinition } from '@parley/proto/chat';
import { ChangeKind, ReadMarked } from '@parley/proto/replication';
import type { Handlers } from '../grpc/handlers.ts';
import type { VersionVector } from '../stamp/version-vector.ts';
import type { Transaction } from '../store/store.ts';
import { checkId, checkPageSize } from './fields.ts';
import { MAX_UNREAD_COUNTED } from './limits.ts';
import { noConversation } from './messages.ts';
import { makePageToken, readPageToken } from './page-token.ts';
import type { ChatParts } from './parts.ts';
import { cover } from './seen.ts';
import { conversationView } from './views.ts';

type Methods = 'listConversations' | 'markRead' | 'sendTyping';

export function conversationHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, Methods> {
  const { store, sessions, cursors, replication, hub } = parts;
  return {
    listConversations: async (request, call) => {
      const size = checkPageSize(request.pageSize, 100, 200);
      const [newestHlc, conversationId] = readPageToken(request.pageToken, 'number') ?? [Number.MAX_SAFE_INTEGER, ''];
      const seen = await cover(parts, request.seen);
      const me = sessions.of(call);
      const rows = store.queries.conversations.list(me.accountId, { newestHlc, conversationId }, size + 1);
      const last = rows.length > size ? rows[size - 1] : undefined;
      return {
        conversations: rows.slice(0, size).map((row) => conversationView(store.queries, me.accountId, row)),
        nextPageToken: last ? makePageToken([last.newestHlc, last.conversationId]) : '',
        seen: seen.cursor(),
        behind: seen.behind,
      };
    },

    markRead: async (request, call) => {
      checkId('conversation_id', request.conversationId);
      const { vector } = cursors.read('resume', request.resume);
      const seen = await cover(parts, request.seen);
      const me = sessions.of(call);
      await store.write((tx) => {
        if (!tx.queries.conversations.isMember(request.conversationId, me.accountId)) throw seen.missing(noConversation());
        const read = newlyRead(tx, me.accountId, request.conversationId, vector);
        if (read.length > 0) tx.append(ChangeKind.CHANGE_KIND_READ_MARKED, `${me.accountId}/${request.conversationId}`, ReadMarked.encode({ read }).finish());
      });
      return { unreadCount: store.queries.messages.unreadCount(me.accountId, request.conversationId, MAX_UNREAD_COUNTED), seen: seen.cursor() };
    },

    sendTyping: async (request, call) => {
      const conversationId = checkId('conversation_id', request.conversationId);
      const { accountId } = sessions.of(call);
      if (!store.queries.conversations.isMember(conversationId, accountId)) throw noConversation();
      hub.typing({ accountId, conversationId });
      replication.relay({ accountId, conversationId });
      return {};
    },
  };
}

/**
 * The entries by which `vector` raises the read mark [R1]. Where this replica covers the vector it knows which origins wrote
 * into the conversation, and the others say nothing; where it does not, all are kept.
 */
function newlyRead(tx: Transaction, accountId: string, conversationId: string, vector: VersionVector): { origin: number; seq: number }[] {
  const before = tx.queries.messages.readUpTo(accountId, conversationId);
  const writers = tx.vector.reaches(vector) ? tx.queries.messages.originsOf(conversationId) : undefined;
  return [...vector].filter(({ origin, seq }) => seq > (before.get(origin) ?? 0) && (writers?.has(origin) ?? true)).map(({ origin, seq }) => ({ origin, seq }));
}
