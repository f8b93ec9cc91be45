import { ChangeKind, MessageCreated, MessageDeleted } from '@parley/proto/replication';
import { compareStamps, type Stamp } from '../stamp/stamp.ts';
import type { Connection } from './database.ts';
import { editRemoval, editRules, replyRule } from './edit-rules.ts';
import { type MessageFacts, type MessageMerge, type MessageMergeRow, MESSAGE_CREATED_STATE, MESSAGE_DELETED_STATE, MESSAGE_EDITED_STATE, NO_STAMP } from './message-state.ts';
import { type Doomed, EARLIER, LATER, NOTHING, type Rule, rule, STAMP } from './rule.ts';

/**
 * Content: deleted beats edited (see edit-rules.ts), edited beats created; of creations the lower stamp, of deletions the higher. An erased creation is a
 * deletion of the lowest stamp, which says what the lowest creation does.
 * Place: the lowest creation; every further one has a row in `creations`.
 * [E1] The text of a deleted message's creations and edits has to go from the log.
 */
export function messageRules(db: Connection): Rule[] {
  const find = db.prepare<[string, string], MessageMergeRow>('SELECT conversation_id, state, sent_at_ms, created_hlc, created_origin, created_seq FROM messages WHERE sender_id = ? AND message_id = ?');
  const content = db.prepare(
    `INSERT INTO messages (sender_id, message_id, conversation_id, state, text, sent_at_ms, hlc, origin, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET conversation_id = excluded.conversation_id, state = excluded.state, text = excluded.text, sent_at_ms = excluded.sent_at_ms, edited_at_ms = 0, revision = 0, ${STAMP}
     WHERE excluded.state > state
        OR (excluded.state = state AND state = ${MESSAGE_CREATED_STATE} AND ${EARLIER})
        OR (excluded.state = state AND state = ${MESSAGE_DELETED_STATE} AND ${LATER})`,
  );
  const retold = db.prepare(`UPDATE messages SET conversation_id = ?, sent_at_ms = ? WHERE sender_id = ? AND message_id = ? AND (state = ${MESSAGE_EDITED_STATE} OR (state = ${MESSAGE_DELETED_STATE} AND hlc = 0))`);
  const setPlace = db.prepare('UPDATE messages SET created_hlc = ?, created_origin = ?, created_seq = ? WHERE sender_id = ? AND message_id = ?');
  const further = db.prepare('INSERT INTO creations (sender_id, message_id, origin, seq, hlc) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const furtherOf = db.prepare<[string, string], { origin: number; seq: number }>('SELECT origin, seq FROM creations WHERE sender_id = ? AND message_id = ?');
  const forgetReply = db.prepare<[string, string]>('DELETE FROM replies WHERE sender_id = ? AND message_id = ?');
  const forgetEdits = editRemoval(db);

  const isLowest = (row: MessageMergeRow | undefined, stamp: Stamp) =>
    !row || row.created_hlc === null || compareStamps(stamp, { hlc: row.created_hlc, origin: row.created_origin, seq: row.created_seq }) < 0;
  /** An edit, and a deletion without a tombstone, leave it to the lowest creation where and when the message was, whether it is erased or not. */
  const retell = (senderId: string, messageId: string, row: MessageMergeRow | undefined, what: MessageFacts, stamp: Stamp) => {
    if (isLowest(row, stamp)) retold.run(what.conversationId, what.sentAtMs, senderId, messageId);
  };
  const place = (senderId: string, messageId: string, row: MessageMergeRow | undefined, { hlc, origin, seq }: Stamp) => {
    if (!row || row.created_hlc === null) {
      setPlace.run(hlc, origin, seq, senderId, messageId);
      return;
    }
    const known = { hlc: row.created_hlc, origin: row.created_origin, seq: row.created_seq };
    const order = compareStamps({ hlc, origin, seq }, known);
    if (order < 0) {
      setPlace.run(hlc, origin, seq, senderId, messageId);
      further.run(senderId, messageId, known.origin, known.seq, known.hlc);
    } else if (order > 0) {
      further.run(senderId, messageId, origin, seq, hlc);
    }
  };
  /** Merges a deletion. Where it is the first, all that created and edited the message lose their text; what comes later never keeps it. */
  const remove = (senderId: string, messageId: string, row: MessageMergeRow | undefined, what: MessageFacts, { hlc, origin, seq }: Stamp): Doomed => {
    content.run(senderId, messageId, what.conversationId, MESSAGE_DELETED_STATE, '', what.sentAtMs, hlc, origin, seq);
    if (!row || row.state === MESSAGE_DELETED_STATE) return NOTHING;
    forgetReply.run(senderId, messageId);
    const first = row.created_hlc === null ? [] : [{ origin: row.created_origin, seq: row.created_seq }];
    return [...first, ...furtherOf.all(senderId, messageId), ...forgetEdits(senderId, messageId)];
  };
  const shared: MessageMerge = { find: (senderId, messageId) => find.get(senderId, messageId), remove };
  return [
    rule(
      ChangeKind.CHANGE_KIND_MESSAGE_CREATED,
      2,
      MessageCreated,
      ([senderId, messageId], payload, stamp) => {
        const row = find.get(senderId, messageId);
        content.run(senderId, messageId, payload.conversationId, MESSAGE_CREATED_STATE, payload.text, payload.sentAtMs, stamp.hlc, stamp.origin, stamp.seq);
        retell(senderId, messageId, row, payload, stamp);
        place(senderId, messageId, row, stamp);
        return row?.state === MESSAGE_DELETED_STATE ? [stamp] : NOTHING;
      },
      ([senderId, messageId], rest, stamp) => {
        const row = find.get(senderId, messageId);
        const what = row && !isLowest(row, stamp) ? { conversationId: row.conversation_id, sentAtMs: row.sent_at_ms } : rest;
        const doomed = remove(senderId, messageId, row, what, NO_STAMP);
        retell(senderId, messageId, row, rest, stamp);
        place(senderId, messageId, row, stamp);
        return doomed;
      },
    ),
    replyRule(db, shared),
    ...editRules(db, shared),
    rule(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, 2, MessageDeleted, ([senderId, messageId], payload, stamp) => remove(senderId, messageId, find.get(senderId, messageId), payload, stamp)),
  ];
}
