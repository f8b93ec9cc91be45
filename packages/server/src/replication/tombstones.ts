import { ChangeKind, MessageDeleted } from '@parley/proto/replication';
import type { Store } from '../store/store.ts';

/** Tombstones written in one transaction at most, so that reads and streams are not held. */
const MAX_AT_ONCE = 100;

/**
 * [E4] Writes the deletions of messages that came erased and without one: it is with no peer, so it may have burnt with
 * the replica that knew it, while others still show the text. To be called when this replica is level with its peers.
 */
export async function writeMissingTombstones(store: Store): Promise<void> {
  if (store.queries.messages.erasedWithoutTombstone(1).length === 0) return;
  await store.write((tx) => {
    for (const { senderId, messageId, conversationId, sentAtMs } of tx.queries.messages.erasedWithoutTombstone(MAX_AT_ONCE)) {
      tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, `${senderId}/${messageId}`, MessageDeleted.encode({ conversationId, sentAtMs }).finish());
    }
  });
}
