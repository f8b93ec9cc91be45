import { ChangeKind, MessageCreated, MessageDeleted } from '@parley/proto/replication';
import { compareStamps, type Stamp } from '../stamp/stamp.ts';
import type { Connection } from './database.ts';
import { type Doomed, EARLIER, LATER, NOTHING, type Rule, rule, STAMP } from './rule.ts';

/** States of a message's content; the higher one wins. */
export const MESSAGE_CREATED_STATE = 0;
export const MESSAGE_DELETED_STATE = 2;

interface Row {
  conversation_id: string;
  state: number;
  sent_at_ms: number;
  /** Null: no creation has come yet. */
  created_hlc: number | null;
  created_origin: number;
  created_seq: number;
}

/** The content's stamp where only an erased creation tells that the message is deleted: any deletion's is higher. */
const NO_STAMP: Stamp = { hlc: 0, origin: 0, seq: 0 };

/**
 * Content: deleted beats created; of creations the lower stamp, of deletions the higher. An erased creation is a
 * deletion of the lowest stamp, which says what the lowest creation does.
 * Place: the lowest creation; every further one has a row in `creations`.
 * [E1] The text of a deleted message's creations has to go from the log.
 */
export function messageRules(db: Connection): Rule[] {
  const find = db.prepare<[string, string], Row>('SELECT conversation_id, state, sent_at_ms, created_hlc, created_origin, created_seq FROM messages WHERE sender_id = ? AND message_id = ?');
  const content = db.prepare(
    `INSERT INTO messages (sender_id, message_id, conversation_id, state, text, sent_at_ms, hlc, origin, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET conversation_id = excluded.conversation_id, state = excluded.state, text = excluded.text, sent_at_ms = excluded.sent_at_ms, ${STAMP}
     WHERE excluded.state > state
        OR (excluded.state = state AND state = ${MESSAGE_CREATED_STATE} AND ${EARLIER})
        OR (excluded.state = state AND state = ${MESSAGE_DELETED_STATE} AND ${LATER})`,
  );
  const retold = db.prepare(`UPDATE messages SET conversation_id = ?, sent_at_ms = ? WHERE sender_id = ? AND message_id = ? AND state = ${MESSAGE_DELETED_STATE} AND hlc = 0`);
  const setPlace = db.prepare('UPDATE messages SET created_hlc = ?, created_origin = ?, created_seq = ? WHERE sender_id = ? AND message_id = ?');
  const further = db.prepare('INSERT INTO creations (sender_id, message_id, origin, seq, hlc) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const furtherOf = db.prepare<[string, string], { origin: number; seq: number }>('SELECT origin, seq FROM creations WHERE sender_id = ? AND message_id = ?');

  const isLowest = (row: Row | undefined, stamp: Stamp) =>
    !row || row.created_hlc === null || compareStamps(stamp, { hlc: row.created_hlc, origin: row.created_origin, seq: row.created_seq }) < 0;
  /** Without a tombstone the message was where and when its lowest creation says, erased or to be erased. */
  const retell = (senderId: string, messageId: string, row: Row | undefined, what: { conversationId: string; sentAtMs: number }, stamp: Stamp) => {
    if (isLowest(row, stamp)) retold.run(what.conversationId, what.sentAtMs, senderId, messageId);
  };
  const place = (senderId: string, messageId: string, row: Row | undefined, { hlc, origin, seq }: Stamp) => {
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
  /** Merges a deletion. Where it is the first, all that created the message lose their text; what comes later never keeps it. */
  const remove = (senderId: string, messageId: string, row: Row | undefined, what: { conversationId: string; sentAtMs: number }, { hlc, origin, seq }: Stamp): Doomed => {
    content.run(senderId, messageId, what.conversationId, MESSAGE_DELETED_STATE, '', what.sentAtMs, hlc, origin, seq);
    if (!row || row.created_hlc === null || row.state === MESSAGE_DELETED_STATE) return NOTHING;
    return [{ origin: row.created_origin, seq: row.created_seq }, ...furtherOf.all(senderId, messageId)];
  };
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
    rule(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, 2, MessageDeleted, ([senderId, messageId], payload, stamp) => remove(senderId, messageId, find.get(senderId, messageId), payload, stamp)),
  ];
}
