import { AccountCreated, ChangeKind, ConversationCreated, CredentialsSet, HiddenSet, MemberSet, MessageCreated, MessageDeleted, MessageEdited, ReadMarked, UsernameClaimed } from '@parley/proto/replication';
import { directConversationId, randomId } from '../src/ids.ts';
import type { Store, Transaction } from '../src/store/store.ts';

/** Messages in one transaction: large, because here nobody waits meanwhile. */
const AT_ONCE = 5000;
const PEOPLE = 24;
const WORDS = 'the ship is late today please bring two more boxes to the ward and call me when you are back 👋 grüße thanks'.split(' ');

/** A text as people write them: 4 to 35 words. */
export function textOf(n: number): string {
  return Array.from({ length: 4 + (n % 32) }, (_, i) => WORDS[(n * 7 + i * 5) % WORDS.length]).join(' ');
}

/** Fills a store with people and that many messages among them, with every kind of change among them; the fast way, straight into the store. */
export async function fill(store: Store, messages: number): Promise<void> {
  const people = Array.from({ length: PEOPLE }, () => randomId());
  const pairs = people.map((one, i) => [one, people[(i + 1) % PEOPLE] ?? one] as const);
  await store.write((tx) => {
    for (const [i, accountId] of people.entries()) createPerson(tx, accountId, `person-${i}-${accountId.slice(0, 4)}`);
    for (const [a, b] of pairs) createConversation(tx, a, b);
  });
  for (let done = 0; done < messages; done += AT_ONCE) {
    await store.write((tx) => {
      for (let n = done; n < Math.min(messages, done + AT_ONCE); n++) {
        const pair = pairs[n % PEOPLE];
        if (pair) writeMessage(tx, pair, n);
      }
    });
  }
}

export function createPerson(tx: Transaction, accountId: string, username: string, passwordHash = '$argon2id$none'): void {
  tx.append(ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, accountId, AccountCreated.encode({ createdAtMs: Date.now() }).finish());
  tx.append(ChangeKind.CHANGE_KIND_CREDENTIALS_SET, accountId, CredentialsSet.encode({ passwordHash, initial: true }).finish());
  tx.append(ChangeKind.CHANGE_KIND_USERNAME_CLAIMED, `${accountId}/${username}`, UsernameClaimed.encode({ username }).finish());
}

export function createConversation(tx: Transaction, one: string, other: string): void {
  const conversationId = directConversationId(one, other);
  tx.append(ChangeKind.CHANGE_KIND_CONVERSATION_CREATED, conversationId, ConversationCreated.encode({ directAccountIds: [one, other].sort() }).finish());
  for (const accountId of [one, other]) tx.append(ChangeKind.CHANGE_KIND_MEMBER_SET, `${conversationId}/${accountId}`, MemberSet.encode({ member: true }).finish());
}

/** The n-th message; every 40th is deleted for everyone, every 30th hidden, every 15th edited, every 7th an answer, and a read mark comes with every 20th. */
function writeMessage(tx: Transaction, [sender, other]: readonly [string, string], n: number): void {
  const conversationId = directConversationId(sender, other);
  const messageId = randomId();
  const { header } = tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `${sender}/${messageId}`, MessageCreated.encode({ conversationId, text: textOf(n), sentAtMs: Date.now(), replyTo: n % 7 === 0 ? { senderId: other, messageId: randomId() } : undefined }).finish());
  if (n % 15 === 0) tx.append(ChangeKind.CHANGE_KIND_MESSAGE_EDITED, `${sender}/${messageId}/${randomId()}`, MessageEdited.encode({ conversationId, sentAtMs: Date.now(), text: textOf(n + 1), editedAtMs: Date.now(), revision: 1 }).finish());
  if (n % 40 === 0) tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, `${sender}/${messageId}`, MessageDeleted.encode({ conversationId, sentAtMs: Date.now() }).finish());
  if (n % 30 === 0) tx.append(ChangeKind.CHANGE_KIND_HIDDEN_SET, `${other}/${sender}/${messageId}`, HiddenSet.encode({ hidden: true }).finish());
  if (n % 20 === 0) tx.append(ChangeKind.CHANGE_KIND_READ_MARKED, `${other}/${conversationId}`, ReadMarked.encode({ read: [{ origin: header.origin, seq: header.seq }] }).finish());
}
