import { Receipt, type SubscribeResponse } from '@parley/proto/chat';
import { ChangeKind } from '@parley/proto/replication';
import { randomId } from '../src/ids.ts';
import { TestCluster, until } from './cluster.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';

describe('reading and streams', () => {
  let cluster: TestCluster;
  let alice: Person;
  let bob: Person;
  const caller = (name: string, person: Person) => as(cluster.get(name).caller, person);
  const conversation = async (name: string, person: Person) => {
    const { conversations } = await caller(name, person).call('listConversations', {});
    const [first] = conversations;
    if (!first) throw new Error('no conversation');
    return first;
  };
  /** A cursor for all that the server has, as its stream gives it. */
  const resumeOf = async (name: string, person: Person) => {
    const stream = caller(name, person).subscribe();
    await until(() => stream.events.length > 0, 'the first event');
    stream.cancel();
    return resumes(stream.events).at(-1) ?? new Uint8Array();
  };

  beforeEach(async () => {
    cluster = await TestCluster.of('server1', 'server2');
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    bob = await createPerson(cluster.get('server2').caller, 'bob');
    await sendTo(caller('server1', alice), bob, 'first');
  }, 20_000);
  afterEach(() => cluster.close(), 20_000);

  test('[R1] what arrives late, after a partition, stays unread though it stands further up', async () => {
    cluster.cut('server1', 'server2');
    await sendTo(caller('server2', alice), bob, 'late');
    await sendTo(caller('server1', alice), bob, 'in time');
    const { conversationId } = await conversation('server1', bob);
    await caller('server1', bob).call('markRead', { conversationId, resume: await resumeOf('server1', bob) });
    expect((await conversation('server1', bob)).unreadCount).toBe(0);
    cluster.heal();
    await cluster.settled();
    for (const name of ['server1', 'server2']) {
      const { messages } = await caller(name, bob).call('listMessages', { conversationId });
      expect(messages.map(({ text, unread }) => [text, unread])).toEqual([['in time', false], ['late', true], ['first', false]]);
      expect((await conversation(name, bob)).unreadCount).toBe(1);
    }
  }, 20_000);

  test('[N3] what went with a disk is left out of cursors once all members have answered; while one does not, it may have it', async () => {
    cluster.cut('server1', 'server2');
    const { seen } = await sendTo(caller('server2', alice), bob, 'on one disk');
    const list = () => caller('server1', alice).call('listConversations', { seen: [seen] });
    expect((await list()).behind).toBe(true);
    await cluster.stop('server2');
    expect((await list()).behind).toBe(true);
    cluster.heal();
    await cluster.start('server2', { dbFile: `${cluster.dir}/new-disk.db` });
    await cluster.settled();
    await until(async () => !(await list()).behind, 'it to be known as lost');
    const reply = await list();
    await cluster.stop('server2');
    // With nobody to ask, a cursor that had it still would make this one behind.
    expect((await caller('server1', alice).call('listConversations', { seen: [reply.seen] })).behind).toBe(false);
  }, 20_000);

  test('[I2] the sender is told what was delivered and what was read, on the stream and with the messages, on every replica; nobody else is', async () => {
    const eve = await createPerson(cluster.get('server1').caller, 'eve');
    const [aliceSees, eveSees] = [alice, eve].map((person) => caller('server1', person).subscribe());
    const marksOf = (stream: typeof aliceSees) => (stream?.events ?? []).flatMap(({ event }) => (event?.$case === 'delta' ? event.value.updates : [])).flatMap(({ update }) => (update?.$case === 'receipt' ? [update.value] : []));
    const { conversationId } = await conversation('server1', bob);
    const receiptsAt = async (name: string, person: Person) => (await caller(name, person).call('listMessages', { conversationId })).messages.map(({ receipt }) => receipt);
    await until(() => (aliceSees?.events.length ?? 0) > 0 && (eveSees?.events.length ?? 0) > 0, 'the streams');
    expect(await receiptsAt('server1', alice)).toEqual([Receipt.RECEIPT_UNSPECIFIED]);

    await caller('server2', bob).call('markDelivered', { conversationIds: [conversationId, randomId()], resume: await resumeOf('server2', bob) });
    await until(() => marksOf(aliceSees).length === 1, 'that it was delivered');
    await sendTo(caller('server1', alice), bob, 'second');
    await cluster.settled();
    for (const name of ['server1', 'server2']) expect(await receiptsAt(name, alice)).toEqual([Receipt.RECEIPT_UNSPECIFIED, Receipt.RECEIPT_DELIVERED]);

    await caller('server2', bob).call('markRead', { conversationId, resume: await resumeOf('server2', bob) });
    await until(() => marksOf(aliceSees).length === 2, 'that it was read');
    for (const name of ['server1', 'server2']) expect(await receiptsAt(name, alice)).toEqual([Receipt.RECEIPT_READ, Receipt.RECEIPT_READ]);
    const { head } = cluster.get('server2').server.store.log;
    // What is read was delivered: nothing is written.
    await caller('server2', bob).call('markDelivered', { conversationIds: [conversationId], resume: await resumeOf('server2', bob) });
    expect(cluster.get('server2').server.store.log.head).toBe(head);
    expect(await receiptsAt('server1', bob)).toEqual([Receipt.RECEIPT_UNSPECIFIED, Receipt.RECEIPT_UNSPECIFIED]);
    expect(marksOf(aliceSees).map(({ receipt }) => receipt)).toEqual([Receipt.RECEIPT_DELIVERED, Receipt.RECEIPT_READ]);
    expect(marksOf(eveSees)).toEqual([]);
    aliceSees?.cancel();
    eveSees?.cancel();
  }, 20_000);

  test('[R2] a message that a retry brought to two replicas is one, at its lowest place, and is read when either creation was', async () => {
    const messageId = randomId();
    cluster.cut('server1', 'server2');
    await sendTo(caller('server1', alice), bob, 'twice', messageId);
    const { conversationId } = await conversation('server1', bob);
    await caller('server1', bob).call('markRead', { conversationId, resume: await resumeOf('server1', bob) });
    await sendTo(caller('server1', alice), bob, 'next');
    await sendTo(caller('server2', alice), bob, 'twice', messageId);
    cluster.heal();
    await cluster.settled();
    for (const name of ['server1', 'server2']) {
      const { messages } = await caller(name, bob).call('listMessages', { conversationId });
      expect(messages.map(({ text, unread }) => [text, unread])).toEqual([['next', true], ['twice', false], ['first', false]]);
      expect((await conversation(name, bob)).unreadCount).toBe(1);
    }
  }, 20_000);

  test('[L1] what is deleted while a client is away comes to it as a tombstone, without its text', async () => {
    const resume = await resumeOf('server2', bob);
    const { message } = await sendTo(caller('server1', alice), bob, 'oops');
    const key = { senderId: alice.accountId, messageId: message?.messageId ?? '' };
    expect((await caller('server1', alice).call('deleteMessages', { messages: [key], forEveryone: true })).copies?.stored).toBe(2);
    const stream = caller('server2', bob).subscribe(resume);
    await until(() => messagesOf(stream.events).length >= 2, 'both changes');
    expect(messagesOf(stream.events).map(({ text, deleted }) => [text, deleted])).toEqual([['', true], ['', true]]);
    // A late retry of the send does not bring it back.
    await sendTo(caller('server2', alice), bob, 'oops', key.messageId);
    const { messages } = await caller('server2', bob).call('listMessages', { conversationId: message?.conversationId ?? '' });
    expect(messages.map(({ text, deleted, sentAtMs }) => [text, deleted, sentAtMs > 0])).toEqual([['', true, true], ['first', false, true]]);
    stream.cancel();
  }, 20_000);

  test('deleted for me: gone for me alone, on all replicas, and back with undo', async () => {
    const { conversationId, lastMessage } = await conversation('server1', bob);
    const key = { senderId: alice.accountId, messageId: lastMessage?.messageId ?? '' };
    await caller('server1', bob).call('deleteMessages', { messages: [key] });
    expect((await caller('server2', bob).call('listMessages', { conversationId })).messages).toEqual([]);
    expect(await conversation('server2', bob)).toMatchObject({ unreadCount: 0, lastMessage: undefined });
    expect((await caller('server2', alice).call('listMessages', { conversationId })).messages).toHaveLength(1);
    await caller('server2', bob).call('deleteMessages', { messages: [key], undo: true });
    expect((await caller('server1', bob).call('listMessages', { conversationId })).messages).toHaveLength(1);
  }, 20_000);

  test('[L2] a stream goes on from any cursor on any replica without a hole and without seeing others’ messages', async () => {
    const eve = await createPerson(cluster.get('server1').caller, 'eve');
    let resume = await resumeOf('server1', bob);
    const got: string[] = [];
    for (let round = 0; round < 6; round++) {
      const name = round % 2 === 0 ? 'server1' : 'server2';
      for (const n of [1, 2, 3]) await sendTo(caller(round % 3 === 0 ? 'server1' : 'server2', alice), bob, `${round}.${n}`);
      await sendTo(caller(name, alice), eve, 'not for bob');
      const stream = caller(name, bob).subscribe(resume);
      await until(() => messagesOf(stream.events).length >= 3, 'the round');
      stream.cancel();
      got.push(...messagesOf(stream.events).map(({ text }) => text));
      resume = resumes(stream.events).at(-1) ?? resume;
    }
    expect(got).toEqual([0, 1, 2, 3, 4, 5].flatMap((round) => [1, 2, 3].map((n) => `${round}.${n}`)));
  }, 20_000);

  test('[L3] a client that is 5,000 changes behind loads its windows anew, and so does one with a cursor that nobody has', async () => {
    const resume = await resumeOf('server1', bob);
    await cluster.get('server1').server.store.write((tx) => {
      for (let n = 0; n <= 5000; n++) tx.append(ChangeKind.CHANGE_KIND_UNSPECIFIED, `${n}`, new Uint8Array());
    });
    await cluster.settled();
    for (const name of ['server1', 'server2']) {
      const stream = caller(name, bob).subscribe(resume);
      await until(() => stream.events.length > 0, 'an event');
      expect(stream.events[0]?.event?.$case).toBe('reload');
      stream.cancel();
    }
    cluster.cut('server1', 'server2');
    await sendTo(caller('server1', alice), bob, 'only on one');
    const ahead = await resumeOf('server1', bob);
    await cluster.stop('server1');
    await until(async () => (await caller('server2', bob).call('getCluster', {})).replicas.some(({ state }) => state === 4), 'server1 to be dead');
    const stream = caller('server2', bob).subscribe(ahead);
    await until(() => stream.events.length > 0, 'an event');
    expect(stream.events[0]?.event?.$case).toBe('reload');
    stream.cancel();
  }, 30_000);

  test('a stream that missed nothing is told at once that it is up', async () => {
    const stream = caller('server2', bob).subscribe(await resumeOf('server1', bob));
    const start = performance.now();
    await until(() => stream.events.length > 0, 'an event');
    expect(stream.events[0]?.event?.$case).toBe('heartbeat');
    expect(performance.now() - start).toBeLessThan(1500);
    stream.cancel();
  }, 20_000);

  test('typing reaches the other’s streams on all replicas, and nobody else’s', async () => {
    const streams = ['server1', 'server2'].map((name) => caller(name, bob).subscribe());
    const own = caller('server2', alice).subscribe();
    await until(() => streams.every(({ events }) => events.length > 0) && own.events.length > 0, 'the streams');
    const { conversationId } = await conversation('server1', alice);
    await caller('server1', alice).call('sendTyping', { conversationId });
    await until(() => streams.every(({ events }) => typingOf(events).length === 1), 'typing');
    expect(typingOf(streams[0]?.events ?? [])).toMatchObject([{ accountId: alice.accountId, conversationId }]);
    expect(typingOf(own.events)).toEqual([]);
    for (const stream of [...streams, own]) stream.cancel();
  }, 20_000);

  test('a server that shuts down tells its streams to move, and a session that is ended ends its own', async () => {
    const stream = caller('server2', bob).subscribe();
    await until(() => stream.events.length > 0, 'the stream');
    await cluster.stop('server2');
    expect(await stream.ended).toMatchObject({ code: 14 });
    const other = caller('server1', bob).subscribe();
    await until(() => other.events.length > 0, 'the stream');
    await caller('server1', bob).call('logOut', {});
    expect(await other.ended).toMatchObject({ code: 16 });
  }, 20_000);
});

function resumes(events: readonly SubscribeResponse[]): Uint8Array[] {
  return events.flatMap(({ event }) => (event && 'resume' in event.value && event.value.resume.length > 0 ? [event.value.resume] : []));
}

function updatesOf(events: readonly SubscribeResponse[]) {
  return events.flatMap(({ event }) => (event?.$case === 'delta' ? event.value.updates : [])).flatMap(({ update }) => update ?? []);
}

function messagesOf(events: readonly SubscribeResponse[]) {
  return updatesOf(events).flatMap((update) => (update.$case === 'message' ? [update.value] : []));
}

function typingOf(events: readonly SubscribeResponse[]) {
  return updatesOf(events).flatMap((update) => (update.$case === 'typing' ? [update.value] : []));
}
