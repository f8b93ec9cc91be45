import type { ChatServiceDefinition } from '@parley/proto/chat';
import type { Handlers } from '../grpc/handlers.ts';
import { checkId, checkPageSize } from './fields.ts';
import { noConversation } from './messages.ts';
import { makePageToken, readPageToken } from './page-token.ts';
import type { ChatParts } from './parts.ts';
import { cover } from './seen.ts';
import { conversationView } from './views.ts';

type Methods = 'listConversations' | 'sendTyping';

export function conversationHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, Methods> {
  const { store, sessions, replication, hub } = parts;
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
