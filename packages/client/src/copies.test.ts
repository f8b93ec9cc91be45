import { ChatServiceDefinition, type Copies, type SubscribeResponse } from '@parley/proto/chat';
import { ALICE, copiesOf } from '../test/fake-cluster.ts';
import { closeAll, type Fixture } from '../test/fixture.ts';
import { conversation, deliveries, keepsAlone, open, outboxOf, sentTo } from '../test/outbox-fixture.ts';

const { listMessages, sendMessage } = ChatServiceDefinition.methods;

afterEach(closeAll);

const told = (messageId: string, stored: number, replicas = 3, more: Partial<Copies> = {}): SubscribeResponse['event'] => ({
  $case: 'delta', value: { updates: [{ update: { $case: 'copies', value: { messageId, copies: copiesOf(stored, replicas, more), origin: 1, createdSeq: 1 } } }], resume: new Uint8Array() },
});

/** A message that one server has, while the others are dead. */
async function storedOnOne(): Promise<{ fixture: Fixture; messageId: string }> {
  const fixture = await open();
  for (const server of fixture.others) server.kill();
  keepsAlone(fixture, fixture.inUse, 1);
  const messageId = fixture.client.send(conversation(fixture), 'hello');
  await fixture.clock.advance(100);
  expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 1, replicas: 3, onAllUp: false }]);
  return { fixture, messageId };
}

test('[A9] copies rise as the stream tells, never fall, and a message that two have leaves the outbox without being offered to a second', async () => {
  const { fixture, messageId } = await storedOnOne();
  expect(fixture.snapshot.unsent).toBe(1);
  fixture.stream.send(told(messageId, 2));
  await fixture.clock.advance(10);
  expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 2, replicas: 3, onAllUp: false }]);
  expect(fixture.snapshot.unsent).toBe(0);
  expect(await outboxOf(fixture)).toEqual([]);
  fixture.stream.send(told(messageId, 3));
  fixture.stream.send(told(messageId, 1));
  await fixture.clock.advance(10);
  expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 3, replicas: 3, onAllUp: true }]);
  for (const server of fixture.others) server.revive();
  await fixture.clock.advance(20_000);
  expect(fixture.others.flatMap(sentTo)).toEqual([]);
});

test('[A9] the next stream is asked for those that can still rise', async () => {
  const { fixture, messageId } = await storedOnOne();
  const ofAll = fixture.client.send(conversation(fixture), 'on all');
  fixture.stream.send(told(ofAll, 3));
  await fixture.clock.advance(100);
  for (const server of fixture.others) server.revive();
  fixture.stream.end();
  await fixture.clock.until(() => fixture.streams.length === 1);
  expect(fixture.stream.request.messageIds).toContain(messageId);
  fixture.stream.send(told(messageId, 3));
  await fixture.clock.advance(10);
  fixture.stream.end();
  await fixture.clock.until(() => fixture.streams.length === 1);
  expect(fixture.stream.request.messageIds).not.toContain(messageId);
});

test('[A9] after a reload the servers tell of the copies, and the next stream is asked for the rest', async () => {
  const fixture = await open();
  const own = fixture.cluster.message({ senderId: ALICE.accountId, conversationId: conversation(fixture), copies: copiesOf(2, 3) });
  for (const server of fixture.cluster.servers) server.on(listMessages, () => ({ messages: [own], more: false, seen: fixture.cluster.cursor(), behind: false }));
  const next = fixture.again();
  await next.live();
  await next.pass(next.client.openConversation(conversation(next)));
  expect(deliveries(next)).toEqual([{ status: 'stored', stored: 2, replicas: 3, onAllUp: false }]);
  await fixture.client.close();
  next.stream.end();
  await next.clock.until(() => next.streams.length === 1);
  expect(next.stream.request.messageIds).toEqual([own.messageId]);
});

test('of a message that no server has answered for the answer tells, not the stream, which brings it sooner', async () => {
  const fixture = await open();
  fixture.inUse.latencyMs = 200;
  fixture.inUse.on(sendMessage, (request) => {
    const message = fixture.cluster.message({ messageId: request.messageId, text: request.text, senderId: ALICE.accountId, conversationId: conversation(fixture), copies: copiesOf(1, 3) });
    fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: message } }], resume: new Uint8Array() } });
    return { message, copies: copiesOf(3, 3), seen: fixture.cluster.cursor() };
  });
  fixture.client.send(conversation(fixture), 'hello');
  await fixture.clock.advance(150);
  expect(deliveries(fixture)).toMatchObject([{ status: 'sending' }]);
  await fixture.clock.advance(100);
  expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 3, replicas: 3, onAllUp: true }]);
});

test('after a reload a message of the outbox stays to be seen until a server has brought it', async () => {
  const { fixture, messageId } = await storedOnOne();
  const next = fixture.again();
  await next.live();
  await fixture.client.close();
  await next.clock.until(() => next.streams.length === 1);
  next.stream.send(told(messageId, 2));
  await next.pass(next.client.openConversation(conversation(next)));
  expect(next.messages(conversation(next)).map((message) => message.messageId)).toEqual([messageId]);
});

describe('[A10] on all servers that are up', () => {
  const UP = { onAllUp: true, holders: ['replica1', 'replica2'] };

  test('as the answer tells, with the names of the servers', async () => {
    const fixture = await open();
    fixture.inUse.on(sendMessage, ({ messageId, text }) => ({
      message: fixture.cluster.message({ messageId, text, senderId: ALICE.accountId, conversationId: conversation(fixture) }), copies: copiesOf(2, 3, UP), seen: fixture.cluster.cursor(),
    }));
    fixture.client.send(conversation(fixture), 'hello');
    await fixture.clock.advance(100);
    expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 2, replicas: 3, onAllUp: true, servers: ['server1', 'server2'] }]);
  });

  test('later, as the stream tells, though no more servers have it', async () => {
    const { fixture, messageId } = await storedOnOne();
    fixture.stream.send(told(messageId, 2, 3, { holders: UP.holders }));
    await fixture.clock.advance(10);
    expect(deliveries(fixture)).toMatchObject([{ stored: 2, onAllUp: false, servers: ['server1', 'server2'] }]);
    fixture.stream.send(told(messageId, 2, 3, UP));
    await fixture.clock.advance(10);
    expect(deliveries(fixture)).toMatchObject([{ stored: 2, onAllUp: true }]);
  });

  test('after a reload a server that knows less takes no tick back, of none of the messages before either; it may of later ones', async () => {
    const fixture = await open();
    const at = (createdSeq: number, copies: Copies) => fixture.cluster.message({ messageId: `at ${createdSeq}`, senderId: ALICE.accountId, conversationId: conversation(fixture), createdSeq, copies });
    const pages = (copies: Copies): void => {
      for (const server of fixture.cluster.servers) server.on(listMessages, () => ({ messages: [9, 8, 7].map((seq) => at(seq, copies)), more: false, seen: fixture.cluster.cursor(), behind: false }));
    };
    fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: at(8, copiesOf(2, 3, UP)) } }], resume: new Uint8Array() } });
    await fixture.clock.advance(10);
    await fixture.client.close();
    pages(copiesOf(1, 3, { holders: ['replica2'] }));
    const next = await fixture.again().live();
    await next.pass(next.client.openConversation(conversation(next)));
    const ticked = Object.fromEntries(next.messages(conversation(next)).map(({ messageId, delivery }) => [messageId, delivery?.status === 'stored' && delivery.onAllUp]));
    expect(ticked).toEqual({ 'at 7': true, 'at 8': true, 'at 9': false });
  });

  test('of a message that two servers were sent nothing is said of what came before it at the other one', async () => {
    const fixture = await open();
    const at = (messageId: string, createdSeq: number) =>
      fixture.cluster.message({ messageId, senderId: ALICE.accountId, conversationId: conversation(fixture), createdSeq, position: { hlc: createdSeq, origin: 1 }, copies: copiesOf(1, 3, { holders: ['replica1'] }) });
    const bring = async (...messages: ReturnType<typeof at>[]): Promise<void> => {
      fixture.stream.send({ $case: 'delta', value: { updates: messages.map((value) => ({ update: { $case: 'message', value } })), resume: new Uint8Array() } });
      await fixture.clock.advance(10);
    };
    await fixture.pass(fixture.client.openConversation(conversation(fixture)));
    await bring(at('of another device', 7), at('sent twice', 8));
    await bring({ ...at('sent twice', 9), position: { hlc: 9, origin: 2 }, copies: copiesOf(2, 3, UP) });
    fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'copies', value: { messageId: 'sent twice', copies: copiesOf(2, 3, UP), origin: 2, createdSeq: 9 } } }], resume: new Uint8Array() } });
    await bring(at('of another device', 7));
    const ticked = Object.fromEntries(fixture.messages(conversation(fixture)).map(({ messageId, delivery }) => [messageId, delivery?.status === 'stored' && delivery.onAllUp]));
    expect(ticked).toEqual({ 'of another device': false, 'sent twice': true });
  });

  test('whoever signs out takes the memory of it along', async () => {
    const { fixture, messageId } = await storedOnOne();
    fixture.stream.send(told(messageId, 3));
    await fixture.clock.advance(2_000);
    expect(await fixture.storage.get(`ticks:${ALICE.accountId}`)).toMatch(/^1:\d+$/);
    await fixture.pass(fixture.client.logOut());
    expect(await fixture.storage.get(`ticks:${ALICE.accountId}`)).toBeUndefined();
  });
});
