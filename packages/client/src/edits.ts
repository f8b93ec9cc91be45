import { ChatServiceDefinition } from '@parley/proto/chat';
import type { Calls } from './calls.ts';
import type { Deed } from './deed.ts';
import { Failure } from './failure.ts';
import type { Outbox } from './outbox.ts';
import type { Store } from './store.ts';

const { editMessage } = ChatServiceDefinition.methods;

type Edit = Extract<Deed, { readonly kind: 'edit' }>;

/** One more than the revision of the text that is shown of a message: of what servers told, or of the edit that is on its way. */
export function nextRevision(store: Store, conversationId: string, messageId: string, onItsWay: Edit | undefined): number {
  const known = store.find(conversationId, { senderId: store.me, messageId })?.edit?.revision ?? 0;
  return Math.max(known, onItsWay?.revision ?? 0) + 1;
}

/** Tells a server of an edit. Rejects with a Failure. */
export async function tellEdit({ id, messageId, text, revision }: Edit, calls: Calls, store: Store, outbox: Outbox): Promise<void> {
  try {
    const { message } = await calls.call(editMessage, editMessage.requestType.create({ message: { senderId: store.me, messageId }, editId: id, text, revision }));
    if (message) store.applyPage([message], 'behind');
  } catch (error) {
    // Only one server has the message yet, and another one was asked.
    if (error instanceof Failure && error.reason === 'MESSAGE_NOT_FOUND' && outbox.has(messageId)) {
      throw new Failure('NOT_HERE', 'The server in use does not have the message yet. The edit is kept on this device, and made as soon as it has.');
    }
    throw error;
  }
}

/** An edit is shown at once; one that is refused for good is shown as that, with its reason. */
export function showEdit(edit: Edit, isOnItsWay: boolean, store: Store, failure?: Failure): void {
  const { id, conversationId, messageId, text, at } = edit;
  if (isOnItsWay) {
    store.ownEdits.begin(messageId, { id, text, at });
  } else if (store.ownEdits.pending(messageId)?.id === id) {
    // A deleted message shows that, and nothing else.
    const isNews = failure !== undefined && failure.reason !== 'MESSAGE_DELETED';
    store.ownEdits.end(messageId, isNews ? { text, reason: failure.message, code: failure.reason } : undefined);
  }
  store.touchMessage({ senderId: store.me, messageId });
  // It may be in the outbox only.
  store.touch(conversationId);
}
