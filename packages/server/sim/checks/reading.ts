import type { Connection } from '../../src/store/database.ts';
import type { Store } from '../../src/store/store.ts';

interface MessageRow {
  sender_id: string;
  message_id: string;
  state: number;
  created_origin: number;
  created_seq: number;
}

/** More than any run's unread messages. */
const ENDLESS = 1_000_000;

const READ = 1;
const DELIVERED = 2;

/**
 * Unread counts against a count from scratch, and marks against what was shown: only what was delivered counts as
 * delivered or read [R1], by any of a message's creations [R2]. With `of`, `account/conversation`s, of these alone. Undefined, or what is wrong.
 */
export function checkReading(where: string, db: Connection, store: Store, shownTo: (accountId: string) => ReadonlySet<string>, of?: ReadonlySet<string>): string | undefined {
  const messagesOf = db.prepare<[string], MessageRow>('SELECT sender_id, message_id, state, created_origin, created_seq FROM messages WHERE conversation_id = ? AND created_hlc IS NOT NULL');
  const further = db.prepare<[string, string], { origin: number; seq: number }>('SELECT origin, seq FROM creations WHERE sender_id = ? AND message_id = ?');
  const members = db.prepare<[], { conversation_id: string; account_id: string }>('SELECT * FROM members WHERE member = 1').all();
  const receipts = new Map(db.prepare<[], { account_id: string; conversation_id: string; kind: number; of_origin: number; upto_seq: number }>('SELECT * FROM receipts').all().map((row) => [`${row.account_id}/${row.conversation_id}/${row.kind}/${row.of_origin}`, row.upto_seq]));
  const hidden = new Set(db.prepare<[], { account_id: string; sender_id: string; message_id: string }>('SELECT * FROM hidden WHERE hidden = 1').all().map((row) => `${row.account_id}/${row.sender_id}/${row.message_id}`));
  for (const { conversation_id: conversation, account_id: account } of members) {
    if (of && !of.has(`${account}/${conversation}`)) continue;
    let unread = 0;
    for (const message of messagesOf.all(conversation)) {
      if (message.sender_id === account || message.state === 2) continue;
      const key = `${message.sender_id}/${message.message_id}`;
      const stamps = [{ origin: message.created_origin, seq: message.created_seq }, ...further.all(message.sender_id, message.message_id)];
      const isMarked = (kind: number) => stamps.some(({ origin, seq }) => (receipts.get(`${account}/${conversation}/${kind}/${origin}`) ?? 0) >= seq);
      const isRead = isMarked(READ);
      if ((isRead || isMarked(DELIVERED)) && !shownTo(account).has(key) && !hidden.has(`${account}/${key}`)) return `${where}: ${key} counts as ${isRead ? 'read by' : 'delivered to'} ${account}, who never saw it`;
      if (!isRead && !hidden.has(`${account}/${key}`)) unread += 1;
    }
    const counted = store.queries.messages.unreadCount(account, conversation, ENDLESS);
    if (counted !== unread) return `${where}: ${counted} unread for ${account} in ${conversation}; counted from scratch ${unread}`;
  }
  return undefined;
}
