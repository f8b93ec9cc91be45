import { hash } from '@node-rs/argon2';
import { ChangeKind, MessageCreated, ReadMarked } from '@parley/proto/replication';
import { directConversationId, randomId } from '../src/ids.ts';
import type { Store, Transaction } from '../src/store/store.ts';
import { createConversation, createPerson, textOf } from './fill.ts';

/** Messages in one transaction: large, because here nobody waits meanwhile. */
const AT_ONCE = 5000;
const MINUTE_MS = 60_000;

export interface Inbox {
  readonly username: string;
  readonly password: string;
  /** With so many people, `person-0` and on. */
  readonly conversations: number;
  /** Messages in the one with `person-0`; the others have a few. */
  readonly longest: number;
}

const IN_EACH = 3;

/** Makes an account with many conversations, all read, one of them long; the fast way, straight into the store. */
export async function fillInbox(store: Store, { username, password, conversations, longest }: Inbox): Promise<void> {
  const passwordHash = await hash(password);
  const owner = randomId();
  const people = Array.from({ length: conversations }, () => randomId());
  await store.write((tx) => {
    createPerson(tx, owner, username, passwordHash);
    for (const [i, accountId] of people.entries()) {
      createPerson(tx, accountId, `person-${i}`);
      createConversation(tx, owner, accountId);
    }
  });
  for (const [i, accountId] of people.entries()) {
    const count = i === 0 ? longest : IN_EACH;
    for (let done = 0; done < count; done += AT_ONCE) {
      await store.write((tx) => {
        for (let n = done; n < Math.min(count, done + AT_ONCE); n++) writeMessage(tx, owner, accountId, `${textOf(n)} (${n} of person-${i})`, count - n, n === count - 1);
      });
    }
  }
}

/** A message of one minute after the one before. The last one is marked as read by the owner, and with it all. */
function writeMessage(tx: Transaction, owner: string, other: string, text: string, minutesAgo: number, isLast: boolean): void {
  const conversationId = directConversationId(owner, other);
  const sender = minutesAgo % 3 === 0 ? owner : other;
  const { header } = tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `${sender}/${randomId()}`, MessageCreated.encode({ conversationId, text, sentAtMs: Date.now() - minutesAgo * MINUTE_MS, replyTo: undefined }).finish());
  if (isLast) tx.append(ChangeKind.CHANGE_KIND_READ_MARKED, `${owner}/${conversationId}`, ReadMarked.encode({ read: [{ origin: header.origin, seq: header.seq }] }).finish());
}
