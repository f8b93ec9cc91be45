import { ChatServiceDefinition } from '@parley/proto/chat';
import type { ParleyApi } from './api.ts';
import type { Calls } from './calls.ts';
import { messageKey } from './rows.ts';
import type { Store } from './store.ts';

const { deleteMessages } = ChatServiceDefinition.methods;

/** A request deletes at most so many. */
const MOST_AT_ONCE = 100;

/** Deletes messages. Those for oneself are out of sight at once, and back if no server takes it. Rejects with a Failure. */
export async function deleteAll(messages: Parameters<ParleyApi['deleteMessages']>[0], how: Parameters<ParleyApi['deleteMessages']>[1], calls: Calls, store: Store): Promise<void> {
  for (let start = 0; start < messages.length; start += MOST_AT_ONCE) {
    const some = messages.slice(start, start + MOST_AT_ONCE).map(({ senderId, messageId }) => ({ senderId, messageId }));
    const keys = some.map(messageKey);
    if (how !== 'for-everyone') store.setHiding(keys, how === 'for-me');
    try {
      await calls.call(deleteMessages, deleteMessages.requestType.create({ messages: some, forEveryone: how === 'for-everyone', undo: how === 'undo' }));
      store.applyDeletion(keys, how === 'for-everyone' ? { deleted: true, text: '' } : { hidden: how === 'for-me' });
    } finally {
      store.setHiding(keys, undefined);
    }
  }
}
