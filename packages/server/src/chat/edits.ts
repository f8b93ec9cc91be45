import type { ChatServiceDefinition, EditMessageRequest, MessageKey } from '@parley/proto/chat';
import { ChangeKind, MessageEdited } from '@parley/proto/replication';
import { invalid, Refusal } from '../errors.ts';
import type { Handlers } from '../grpc/handlers.ts';
import type { Transaction } from '../store/store.ts';
import { acknowledge } from './acknowledge.ts';
import { checkId, checkMessageKey, checkText } from './fields.ts';
import { MAX_EDITS } from './limits.ts';
import { noMessage } from './messages.ts';
import type { ChatParts } from './parts.ts';
import { cover } from './seen.ts';
import { messageView } from './views.ts';

export function editHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, 'editMessage'> {
  const { store, sessions } = parts;
  return {
    editMessage: async (request, call) => {
      const key = checkMessageKey('message', request.message);
      checkId('edit_id', request.editId);
      checkText('text', request.text);
      if (request.revision === 0) throw invalid('revision', 'revision has to be 1 for the first edit of a message, and one more for each that follows');
      const seen = await cover(parts, request.seen);
      const me = sessions.of(call);
      const { result: write } = await store.write((tx) => editOnce(tx, me.accountId, key, request, parts.time.wallMs(), seen.missing));
      const copies = await acknowledge(parts, call, write);
      const now = store.queries.messages.byKey(me.accountId, key.senderId, key.messageId);
      return { message: now && messageView(now), copies, seen: seen.cursor() };
    },
  };
}

/** Stores an edit, or finds the one that a first try stored [X2]; returns the change that holds it. */
function editOnce(tx: Transaction, me: string, { senderId, messageId }: MessageKey, request: EditMessageRequest, nowMs: number, missing: (refusal: Refusal) => Refusal): { origin: number; seq: number } {
  const { editId, text, revision } = request;
  const row = tx.queries.messages.byKey(me, senderId, messageId);
  if (!row?.position || !tx.queries.conversations.isMember(row.conversationId, me)) throw missing(noMessage());
  if (senderId !== me) throw new Refusal('NOT_THE_SENDER', 'Only the sender can edit a message.');
  if (row.deleted) throw new Refusal('MESSAGE_DELETED', 'This message was deleted: it cannot be edited any more. Send a new one.');
  const known = tx.queries.messages.edit(senderId, messageId, editId);
  const isShown = known?.origin === row.contentBy.origin && known.seq === row.contentBy.seq;
  if (isShown && row.text !== text) throw new Refusal('EDIT_ID_USED', 'This edit id has another text already; make a new id for each edit.');
  if (known) return known;
  if (revision > MAX_EDITS || tx.queries.messages.editCount(senderId, messageId) >= MAX_EDITS) {
    throw new Refusal('TOO_MANY_EDITS', `A message can be edited ${MAX_EDITS} times. Send a new one.`);
  }
  const { conversationId, sentAtMs } = row;
  return tx.append(ChangeKind.CHANGE_KIND_MESSAGE_EDITED, `${senderId}/${messageId}/${editId}`, MessageEdited.encode({ conversationId, sentAtMs, text, editedAtMs: nowMs, revision }).finish()).header;
}
