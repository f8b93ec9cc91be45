import { ChatServiceDefinition } from '@parley/proto/chat';
import type { Calls } from './calls.ts';
import type { Deed } from './deed.ts';
import { messageKey } from './rows.ts';
import type { Store } from './store.ts';

const { deleteMessages } = ChatServiceDefinition.methods;

/** A request deletes at most so many. */
const MOST_AT_ONCE = 100;

type Deletion = Extract<Deed, { readonly kind: 'delete' }>;

/** Tells a server of deletions. Rejects with a Failure. */
export async function tellDeletion({ messages, how }: Deletion, calls: Calls, store: Store): Promise<void> {
  for (let start = 0; start < messages.length; start += MOST_AT_ONCE) {
    const some = messages.slice(start, start + MOST_AT_ONCE);
    await calls.call(deleteMessages, deleteMessages.requestType.create({ messages: [...some], forEveryone: how === 'for-everyone', undo: how === 'undo' }));
    store.applyDeletion(some.map(messageKey), how === 'for-everyone' ? { deleted: true, text: '' } : { hidden: how === 'for-me' });
  }
}

/** What is deleted for oneself is out of sight at once, and back if no server will take it. */
export function showDeletion({ messages, how }: Deletion, isOnItsWay: boolean, store: Store): void {
  if (how !== 'for-everyone') store.setHiding(messages.map(messageKey), isOnItsWay ? how === 'for-me' : undefined);
}
