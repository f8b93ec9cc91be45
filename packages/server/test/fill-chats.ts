import { hash } from '@node-rs/argon2';
import { ChangeKind, MessageCreated, ReadMarked } from '@parley/proto/replication';
import { directConversationId, randomId } from '../src/ids.ts';
import type { Store, Transaction } from '../src/store/store.ts';
import { createConversation, createPerson } from './fill.ts';

interface MessageKey {
  readonly senderId: string;
  readonly messageId: string;
}

/** Messages in one transaction: large, because here nobody waits meanwhile. */
const AT_ONCE = 5000;

export interface WrittenMessage {
  /** A username. */
  readonly from: string;
  readonly text: string;
  readonly sentAtMs: number;
  /** Which of the chat's earlier messages it answers: its index. */
  readonly answers?: number;
}

export interface WrittenChat {
  /** Usernames. */
  readonly between: readonly [string, string];
  /** Oldest first. */
  readonly messages: readonly WrittenMessage[];
  /** How many of the last ones nobody has read. */
  readonly unread?: number;
}

/** Makes accounts of one password, and what they have written to each other; the fast way, straight into the store. */
export async function fillChats(store: Store, password: string, usernames: readonly string[], chats: Iterable<WrittenChat>): Promise<void> {
  const passwordHash = await hash(password);
  const ids = new Map(usernames.map((username) => [username, randomId()]));
  const idOf = (username: string): string => {
    const id = ids.get(username);
    if (id === undefined) throw new Error(`${username} has no account`);
    return id;
  };
  await store.write((tx) => {
    for (const [username, accountId] of ids) createPerson(tx, accountId, username, passwordHash);
  });
  for (const { between, messages, unread = 0 } of chats) {
    const pair = between.map(idOf) as [string, string];
    const lastRead = messages.length - 1 - unread;
    const written: MessageKey[] = [];
    await store.write((tx) => createConversation(tx, ...pair));
    for (let done = 0; done < messages.length; done += AT_ONCE) {
      await store.write((tx) => {
        for (const [i, { from, text, sentAtMs, answers = -1 }] of messages.slice(done, done + AT_ONCE).entries()) {
          const key = { senderId: idOf(from), messageId: randomId() };
          const created = MessageCreated.create({ conversationId: directConversationId(...pair), text, sentAtMs, replyTo: written[answers] });
          write(tx, key, created, done + i === lastRead ? pair : []);
          written.push(key);
        }
      });
    }
  }
}

/** A message; `readers` have read it, and with it all before it. */
function write(tx: Transaction, { senderId, messageId }: MessageKey, created: MessageCreated, readers: readonly string[]): void {
  const { header } = tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `${senderId}/${messageId}`, MessageCreated.encode(created).finish());
  for (const reader of readers) tx.append(ChangeKind.CHANGE_KIND_READ_MARKED, `${reader}/${created.conversationId}`, ReadMarked.encode({ read: [{ origin: header.origin, seq: header.seq }] }).finish());
}
