import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import type { Message, SubscribeResponse } from '@parley/proto/chat';
import { ChangeKind } from '@parley/proto/replication';
import { randomId } from '../src/ids.ts';
import { isErased } from '../src/store/change.ts';
import { TestCluster, until } from './cluster.ts';
import { bytesOf } from './files.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';

const PAGE = { changes: 10_000, bytes: 1e9 };

describe('edits and answers', () => {
  let cluster: TestCluster;
  let alice: Person;
  let bob: Person;
  const caller = (name: string, person: Person) => as(cluster.get(name).caller, person);
  const send = async (name: string, text: string, replyTo?: { senderId: string; messageId: string }, messageId = randomId()): Promise<Message> => {
    const { message } = await caller(name, alice).call('sendMessage', { to: { $case: 'recipientId', value: bob.accountId }, messageId, text, replyTo });
    if (!message) throw new Error('no message in the answer');
    return message;
  };
  const edit = (name: string, { senderId, messageId }: Message, text: string, revision = 1, editId = randomId()) => caller(name, alice).call('editMessage', { message: { senderId, messageId }, editId, text, revision });
  const listed = async (name: string, { conversationId }: Message) => (await caller(name, bob).call('listMessages', { conversationId })).messages;
  const remove = (name: string, { senderId, messageId }: Message) => caller(name, alice).call('deleteMessages', { messages: [{ senderId, messageId }], forEveryone: true });
  const changesOf = (name: string, kind: ChangeKind) => cluster.get(name).server.store.log.after(0, PAGE).filter(({ header }) => header.kind === kind);

  beforeEach(async () => {
    cluster = await TestCluster.of('server1', 'server2');
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    bob = await createPerson(cluster.get('server2').caller, 'bob');
  }, 20_000);
  afterEach(() => cluster.close(), 20_000);

  test('[M3] an edit on another replica is stored on both, changes text and edit and nothing else, and open streams bring it', async () => {
    const message = await send('server1', 'frist');
    await send('server1', 'second');
    const stream = caller('server1', bob).subscribe();
    await until(() => stream.events.length > 0, 'the stream');
    const { copies, message: edited } = await edit('server2', message, 'first');
    expect(copies).toMatchObject({ stored: 2, replicas: 2 });
    const [, before] = await listed('server1', message);
    expect(before).toMatchObject({ text: 'first', unread: true, position: message.position, sentAtMs: message.sentAtMs, edit: { revision: 1, editedAtMs: expect.any(Number), stamp: edited?.edit?.stamp } });
    await until(() => messagesOf(stream.events).some(({ text }) => text === 'first'), 'the edit on the stream');
    stream.cancel();
    expect((await caller('server2', bob).call('listConversations', {})).conversations).toMatchObject([{ unreadCount: 2, lastMessage: { text: 'second' } }]);
  });

  test('[X2] a retry of an edit finds the first one, wherever it is known; where it is not it never beats what was edited after it', async () => {
    const message = await send('server1', 'one');
    const editId = randomId();
    await edit('server1', message, 'two', 1, editId);
    await cluster.settled();
    for (const name of ['server2', 'server1']) expect((await edit(name, message, 'two', 1, editId)).message).toMatchObject({ text: 'two', edit: { revision: 1 } });
    expect(changesOf('server1', ChangeKind.CHANGE_KIND_MESSAGE_EDITED)).toHaveLength(1);
    await expect(edit('server1', message, 'another', 1, editId)).rejects.toMatchObject({ code: status.ALREADY_EXISTS });
    // The third edit is retried on a replica that knows neither it nor the fourth.
    cluster.cut('server1', 'server2');
    const third = randomId();
    await edit('server1', message, 'three', 2, third);
    await edit('server1', message, 'four', 3);
    await edit('server2', message, 'three', 2, third);
    cluster.heal();
    await cluster.settled();
    expect(changesOf('server1', ChangeKind.CHANGE_KIND_MESSAGE_EDITED)).toHaveLength(4);
    for (const name of ['server1', 'server2']) expect(await listed(name, message)).toMatchObject([{ text: 'four', edit: { revision: 3 } }]);
  }, 20_000);

  test('[X1] a retry of the message itself, after it was edited, finds it as it stands', async () => {
    const message = await send('server1', 'one');
    await edit('server1', message, 'two');
    await cluster.settled();
    expect(await send('server2', 'one', undefined, message.messageId)).toMatchObject({ text: 'two', edit: { revision: 1 }, position: message.position });
  });

  test('an edit is refused where the message is not one’s own, not here, deleted, or was edited 250 times', async () => {
    const message = await send('server1', 'one');
    const { senderId, messageId } = message;
    const request = { message: { senderId, messageId }, editId: randomId(), text: 'two', revision: 1 };
    await expect(caller('server1', bob).call('editMessage', request)).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
    await expect(edit('server1', { ...message, messageId: randomId() }, 'two')).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expect(edit('server1', message, 'two', 251)).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
    await Promise.all(Array.from({ length: 250 }, (_, i) => edit('server1', message, `edit ${i}`)));
    await expect(edit('server1', message, 'two', 2)).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
    await remove('server1', message);
    await expect(edit('server1', message, 'two')).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
    expect(changesOf('server1', ChangeKind.CHANGE_KIND_MESSAGE_EDITED).filter(({ change }) => !isErased(change))).toEqual([]);
  }, 20_000);

  test('[E2] of a deleted message no text is in any file: neither of the creation nor of superseded edits, nor of one that another replica takes without knowing of the deletion', async () => {
    const message = await send('server1', 'the first secret');
    await edit('server1', message, 'the second secret', 1);
    await edit('server2', message, 'the third secret', 2);
    const other = await send('server1', 'this stays, once');
    await edit('server1', other, 'this stays, edited');
    await cluster.settled();
    cluster.cut('server1', 'server2');
    await remove('server1', message);
    await edit('server2', message, 'the fourth secret', 3);
    expect(await listed('server2', message)).toMatchObject([{}, { text: 'the fourth secret' }]);
    const found = (name: string) => {
      const bytes = bytesOf(join(cluster.dir, `${name}.db`));
      return ['first secret', 'second secret', 'third secret', 'fourth secret', 'stays, once', 'stays, edited'].filter((text) => bytes.includes(text));
    };
    expect(found('server2')).toHaveLength(6);
    cluster.heal();
    await cluster.settled();
    for (const name of ['server1', 'server2']) {
      expect(await listed(name, message)).toMatchObject([{ text: 'this stays, edited' }, { text: '', deleted: true, edit: undefined }]);
      await until(() => found(name).join() === 'stays, once,stays, edited', `the text to be in no file of ${name}`);
    }
    await cluster.start('server3');
    await cluster.settled();
    await until(() => found('server3').join() === 'stays, once,stays, edited', 'the text to be in no file of who joins');
  }, 30_000);

  test('[I1] an answer tells what it answers, on every replica and in streams; what it answers can be got by its id', async () => {
    const question = await send('server1', 'when?');
    const stream = caller('server2', bob).subscribe();
    await until(() => stream.events.length > 0, 'the stream');
    const answer = await send('server2', 'at eight', question);
    const key = { senderId: question.senderId, messageId: question.messageId };
    expect(answer.replyTo).toMatchObject(key);
    await until(() => messagesOf(stream.events).some(({ replyTo }) => replyTo?.messageId === question.messageId), 'the answer on the stream');
    stream.cancel();
    expect(await listed('server1', answer)).toMatchObject([{ text: 'at eight', replyTo: key }, { text: 'when?', replyTo: undefined }]);
    const unknown = { senderId: alice.accountId, messageId: randomId() };
    expect((await caller('server1', bob).call('getMessages', { messages: [unknown, key] })).messages).toMatchObject([{ text: 'when?', unread: true }]);
    const mallory = await createPerson(cluster.get('server1').caller, 'mallory');
    expect((await caller('server1', mallory).call('getMessages', { messages: [key] })).messages).toEqual([]);
    // Nothing is left of it when it is deleted.
    await remove('server1', answer);
    expect((await listed('server2', answer))[0]).toMatchObject({ deleted: true, replyTo: undefined });
  }, 20_000);

  test('[I1] an answer to what no reachable server has is taken as it is, and shows what it answers once that comes', async () => {
    await send('server1', 'hello');
    await cluster.settled();
    cluster.cut('server1', 'server2');
    const question = await send('server1', 'when?');
    const answer = await send('server2', 'at eight', question);
    const key = { senderId: question.senderId, messageId: question.messageId };
    expect(answer.replyTo).toMatchObject(key);
    expect((await caller('server2', bob).call('getMessages', { messages: [key] })).messages).toEqual([]);
    cluster.heal();
    await cluster.settled();
    expect((await caller('server2', bob).call('getMessages', { messages: [key] })).messages).toMatchObject([{ text: 'when?' }]);
  }, 20_000);

  test('an answer to a message of another conversation is refused', async () => {
    const elsewhere = await sendTo(caller('server1', alice), alice, 'a note');
    await expect(send('server1', 'at eight', elsewhere.message)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

function messagesOf(events: readonly SubscribeResponse[]): Message[] {
  return events.flatMap(({ event }) => (event?.$case === 'delta' ? event.value.updates.flatMap(({ update }) => (update?.$case === 'message' ? [update.value] : [])) : []));
}
