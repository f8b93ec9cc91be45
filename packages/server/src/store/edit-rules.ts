import { ChangeKind, MessageCreated, MessageEdited } from '@parley/proto/replication';
import type { Stamp } from '../stamp/stamp.ts';
import type { Connection } from './database.ts';
import { type MessageFacts, MESSAGE_CREATED_STATE, MESSAGE_DELETED_STATE, MESSAGE_EDITED_STATE, type MessageMerge, NO_STAMP } from './message-state.ts';
import { type Doomed, EARLIER, NOTHING, type Rule, rule, STAMP } from './rule.ts';

/**
 * Edited beats created, deleted beats edited; of edits the higher revision wins, then the higher stamp. Where and when the message was stays what its
 * lowest creation says; while none has come, the lowest of what its edits say. An erased edit is a deletion of the lowest stamp, as an erased creation is.
 * Superseded edits keep their text in the log until the message is deleted (docs/decisions/0017).
 * [E1] Then the text of all of them has to go, and of those that still come.
 */
export function editRules(db: Connection, { find, remove }: MessageMerge): Rule[] {
  const content = db.prepare(
    `INSERT INTO messages (sender_id, message_id, conversation_id, state, text, sent_at_ms, edited_at_ms, revision, hlc, origin, seq)
     VALUES (?, ?, ?, ${MESSAGE_EDITED_STATE}, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET state = excluded.state, text = excluded.text, edited_at_ms = excluded.edited_at_ms, revision = excluded.revision, ${STAMP}
     WHERE state = ${MESSAGE_CREATED_STATE}
        OR (state = ${MESSAGE_EDITED_STATE} AND (excluded.revision, excluded.hlc, excluded.origin, excluded.seq) > (revision, hlc, origin, seq))`,
  );
  const list = db.prepare('INSERT INTO edits (sender_id, message_id, edit_id, origin, seq, hlc) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  // A tombstone (hlc above 0) tells where and when the message was itself.
  const tellWithoutCreation = db.prepare(
    `UPDATE messages SET conversation_id = :conversationId, sent_at_ms = :sentAtMs WHERE sender_id = :senderId AND message_id = :messageId
       AND created_hlc IS NULL AND (state <> ${MESSAGE_DELETED_STATE} OR hlc = 0) AND (:sentAtMs, :conversationId) < (sent_at_ms, conversation_id)`,
  );
  const tell = (senderId: string, messageId: string, { conversationId, sentAtMs }: MessageFacts) => {
    tellWithoutCreation.run({ senderId, messageId, conversationId, sentAtMs });
  };
  return [
    rule(
      ChangeKind.CHANGE_KIND_MESSAGE_EDITED,
      3,
      MessageEdited,
      ([senderId, messageId, editId], payload, stamp): Doomed => {
        const isDeleted = find(senderId, messageId)?.state === MESSAGE_DELETED_STATE;
        if (!isDeleted) {
          content.run(senderId, messageId, payload.conversationId, payload.text, payload.sentAtMs, payload.editedAtMs, payload.revision, stamp.hlc, stamp.origin, stamp.seq);
          list.run(senderId, messageId, editId, stamp.origin, stamp.seq, stamp.hlc);
        }
        tell(senderId, messageId, payload);
        return isDeleted ? [stamp] : NOTHING;
      },
      ([senderId, messageId], rest) => {
        const row = find(senderId, messageId);
        const doomed = remove(senderId, messageId, row, row ? { conversationId: row.conversation_id, sentAtMs: row.sent_at_ms } : rest, NO_STAMP);
        tell(senderId, messageId, rest);
        return doomed;
      },
    ),
  ];
}

/** Takes the edits of a message that is deleted now out of the list; returns what is to be erased. */
export function editRemoval(db: Connection): (senderId: string, messageId: string) => Pick<Stamp, 'origin' | 'seq'>[] {
  const all = db.prepare<[string, string], { origin: number; seq: number }>('SELECT origin, seq FROM edits WHERE sender_id = ? AND message_id = ?');
  const forget = db.prepare<[string, string]>('DELETE FROM edits WHERE sender_id = ? AND message_id = ?');
  return (senderId, messageId) => {
    const edits = all.all(senderId, messageId);
    if (edits.length > 0) forget.run(senderId, messageId);
    return edits;
  };
}

/** What a message answers: the lowest of its creations that answers one says. Nothing is left of it when the message is deleted. */
export function replyRule(db: Connection, { find }: MessageMerge): Rule {
  const answers = db.prepare(
    `INSERT INTO replies (sender_id, message_id, to_sender_id, to_message_id, hlc, origin, seq) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET to_sender_id = excluded.to_sender_id, to_message_id = excluded.to_message_id, ${STAMP} WHERE ${EARLIER}`,
  );
  const [kind, merge] = rule(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, 2, MessageCreated, ([senderId, messageId], { replyTo }, { hlc, origin, seq }) => {
    if (!replyTo?.senderId || !replyTo.messageId || find(senderId, messageId)?.state === MESSAGE_DELETED_STATE) return;
    answers.run(senderId, messageId, replyTo.senderId, replyTo.messageId, hlc, origin, seq);
  });
  return [kind, merge, 'reply_to'];
}
