import { ChatServiceDefinition } from '@parley/proto/chat';
import type { Calls } from './calls.ts';
import type { Servers } from './servers.ts';

const { sendTyping: method } = ChatServiceDefinition.methods;

/** Tells others that one is typing. One try: later it would not be true any more. */
export function sendTyping(conversationId: string, calls: Calls, servers: Servers): void {
  const address = servers.inUse;
  if (servers.isUsable(address)) calls.on(address, method, method.requestType.create({ conversationId })).catch(() => undefined);
}
