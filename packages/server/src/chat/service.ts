import type { ChatServiceDefinition } from '@parley/proto/chat';
import type { Handlers } from '../grpc/handlers.ts';
import { accountHandlers } from './accounts.ts';
import { clusterHandlers } from './cluster.ts';
import { conversationHandlers } from './conversations.ts';
import { editHandlers } from './edits.ts';
import { liveHandlers } from './live.ts';
import { markHandlers } from './marks.ts';
import { messageHandlers } from './messages.ts';
import type { ChatParts } from './parts.ts';
import { sessionHandlers } from './session-handlers.ts';

/** What people's clients may ask: the table of contents. */
export function chatHandlers(parts: ChatParts): Handlers<typeof ChatServiceDefinition> {
  return {
    ...accountHandlers(parts),
    ...sessionHandlers(parts),
    ...conversationHandlers(parts),
    ...messageHandlers(parts),
    ...markHandlers(parts),
    ...editHandlers(parts),
    ...liveHandlers(parts),
    ...clusterHandlers(parts),
  };
}
