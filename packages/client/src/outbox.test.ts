import { ChatServiceDefinition } from '@parley/proto/chat';
import { ALICE, BOB } from '../test/fake-cluster.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { conversation, deliveries, keepsAlone, open, outboxOf, refuses, sentTo } from '../test/outbox-fixture.ts';
import { GrpcCode } from './failure.ts';

const { getAccount, listAccounts, sendMessage } = ChatServiceDefinition.methods;

afterEach(closeAll);

test('a message is shown at once, and stored once a server has it', async () => {
  const fixture = await open();
  const messageId = fixture.client.send(conversation(fixture), 'hello');
  expect(messageId).toMatch(/^[a-z2-7]{26}$/);
  expect(fixture.messages(conversation(fixture))).toMatchObject([{ messageId, text: 'hello', mine: true, delivery: { status: 'sending', since: fixture.clock.now() } }]);
  expect(fixture.snapshot.conversations).toMatchObject([{ conversationId: conversation(fixture), other: BOB, lastMessage: { text: 'hello' } }]);
  await fixture.clock.advance(10);
  expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 3, replicas: 3, onAllUp: true }]);
  expect(fixture.inUse.requests(sendMessage)).toMatchObject([{ to: { $case: 'recipientId', value: BOB.accountId }, messageId, text: 'hello' }]);
  expect(await outboxOf(fixture)).toEqual([]);
});

test('nothing is sent before it is in storage', async () => {
  const fixture = await open();
  let write: () => void = () => undefined;
  const update = fixture.storage.update.bind(fixture.storage);
  fixture.storage.update = (key, change) => (key.startsWith('outbox:') ? new Promise((resolve, reject) => {
    write = () => void update(key, change).then(resolve, reject);
  }) : update(key, change));
  fixture.client.send(conversation(fixture), 'hello');
  await fixture.clock.advance(1_000);
  expect(sentTo(fixture.inUse)).toEqual([]);
  expect(deliveries(fixture)).toMatchObject([{ status: 'sending' }]);
  fixture.storage.update = update;
  write();
  await fixture.clock.advance(10);
  expect(sentTo(fixture.inUse)).toEqual(['hello']);
});

test('messages are sent strictly one after another', async () => {
  const fixture = await open();
  const server = fixture.inUse;
  server.latencyMs = 100;
  for (const text of ['1', '2', '3']) fixture.client.send(conversation(fixture), text);
  await fixture.clock.advance(140);
  expect(sentTo(server)).toEqual(['1']);
  await fixture.clock.advance(400);
  expect(sentTo(server)).toEqual(['1', '2', '3']);
  expect(fixture.messages(conversation(fixture)).map((message) => message.text)).toEqual(['1', '2', '3']);
});

describe('a message that no server takes', () => {
  test('is tried without end, with the same id, and sent when one is back', async () => {
    const fixture = await open();
    for (const server of fixture.cluster.servers) server.kill();
    const messageId = fixture.client.send(conversation(fixture), 'patience');
    await fixture.clock.advance(600_000);
    expect(deliveries(fixture)).toMatchObject([{ status: 'sending' }]);
    fixture.cluster.server(2).revive();
    await fixture.clock.advance(5_200);
    expect(deliveries(fixture)).toMatchObject([{ status: 'stored' }]);
    expect(fixture.cluster.server(2).requests(sendMessage)).toMatchObject([{ messageId }]);
  });

  test('is tried at once on `nudge`', async () => {
    const fixture = new Fixture();
    fixture.random.next = 0.999;
    await open(fixture);
    for (const server of fixture.cluster.servers) server.kill();
    fixture.client.send(conversation(fixture), 'patience');
    await fixture.clock.advance(60_000);
    for (const server of fixture.cluster.servers) server.revive();
    fixture.client.nudge();
    await fixture.clock.advance(50);
    expect(deliveries(fixture)).toMatchObject([{ status: 'stored' }]);
  });

  test('is tried at once when any call succeeds', async () => {
    const fixture = new Fixture();
    fixture.random.next = 0.999;
    await open(fixture);
    for (const server of fixture.cluster.servers) refuses(server, GrpcCode.UNAVAILABLE, 'STORAGE_FAILED');
    fixture.client.send(conversation(fixture), 'full disks');
    await fixture.clock.advance(30_000);
    expect(deliveries(fixture)).toMatchObject([{ status: 'sending' }]);
    for (const server of fixture.cluster.servers) keepsAlone(fixture, server, 3);
    void fixture.client.searchAccounts('');
    await fixture.clock.advance(10);
    expect(deliveries(fixture)).toMatchObject([{ status: 'stored' }]);
  });

  test('is not asked for in a circle', async () => {
    const fixture = await open();
    for (const server of fixture.cluster.servers) refuses(server, GrpcCode.RESOURCE_EXHAUSTED, 'TOO_MANY_ATTEMPTS');
    fixture.client.send(conversation(fixture), 'too fast');
    await fixture.clock.advance(60_000);
    const tries = fixture.cluster.servers.reduce((sum, server) => sum + sentTo(server).length, 0);
    expect(tries).toBeGreaterThan(20);
    expect(tries).toBeLessThan(100);
  });
});

test('an answer that was lost: the next server gets the same id', async () => {
  const fixture = await open();
  const first = fixture.inUse;
  first.latencyMs = 100;
  const messageId = fixture.client.send(conversation(fixture), 'once');
  await fixture.clock.until(() => sentTo(first).length === 1);
  first.kill();
  await fixture.clock.advance(100);
  expect(fixture.inUse.requests(sendMessage)).toMatchObject([{ messageId, text: 'once' }]);
  expect(fixture.messages(conversation(fixture))).toHaveLength(1);
});

describe('a refusal for good', () => {
  test.each([
    [GrpcCode.INVALID_ARGUMENT, 'INVALID_FIELD'], [GrpcCode.NOT_FOUND, 'ACCOUNT_NOT_FOUND'], [GrpcCode.PERMISSION_DENIED, 'BLOCKED'],
    [GrpcCode.FAILED_PRECONDITION, 'ANY'], [GrpcCode.ALREADY_EXISTS, 'MESSAGE_ID_USED'],
  ])('code %i: failed with its reason, and others go on', async (code, reason) => {
    const fixture = await open();
    refuses(fixture.inUse, code, reason, 'Not so. Change it, then send again.');
    const messageId = fixture.client.send(conversation(fixture), 'refused');
    await fixture.clock.advance(10);
    expect(deliveries(fixture)).toEqual([{ status: 'failed', reason: 'Not so. Change it, then send again.', code: reason }]);
    keepsAlone(fixture, fixture.inUse, 3);
    fixture.client.send(conversation(fixture), 'taken');
    await fixture.clock.advance(10);
    expect(deliveries(fixture)).toContainEqual({ status: 'stored', stored: 3, replicas: 3, onAllUp: true });
    fixture.client.discard(messageId);
    expect(fixture.messages(conversation(fixture)).map((message) => message.text)).toEqual(['taken']);
    await fixture.clock.advance(0);
    expect(await outboxOf(fixture)).toEqual([]);
  });

  test('stays over a reload until it is discarded', async () => {
    const fixture = await open();
    refuses(fixture.inUse, GrpcCode.INVALID_ARGUMENT, 'INVALID_FIELD', 'Too long.');
    const messageId = fixture.client.send(conversation(fixture), 'refused');
    await fixture.clock.advance(10);
    await fixture.client.close();
    const next = await fixture.again().live();
    await Promise.all([next.client.openConversation(conversation(next)), next.clock.advance(20)]);
    expect(next.messages(conversation(next))).toMatchObject([{ messageId, delivery: { status: 'failed', reason: 'Too long.' } }]);
  });

  test('of a session signs out', async () => {
    const fixture = await open();
    refuses(fixture.inUse, GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID', 'Your session was ended. Sign in again.');
    fixture.client.send(conversation(fixture), 'kept');
    await fixture.clock.advance(10);
    expect(fixture.snapshot.session).toEqual({ status: 'signed-out', reason: 'Your session was ended. Sign in again.' });
    // What was not sent waits for the same account to sign in again.
    expect(await outboxOf(fixture)).toMatchObject([{ text: 'kept' }]);
    for (const server of fixture.cluster.servers) keepsAlone(fixture, server, 3);
    await fixture.signIn();
    await fixture.clock.advance(10);
    expect(fixture.cluster.servers.flatMap(sentTo)).toContain('kept');
    expect(await outboxOf(fixture)).toEqual([]);
  });
});

test('what is not safe yet is counted: waiting, on one server only, refused; after a reload too', async () => {
  const fixture = await open();
  expect(fixture.snapshot.unsent).toBe(0);
  fixture.client.send(conversation(fixture), 'safe');
  await fixture.clock.advance(20);
  expect(fixture.snapshot.unsent).toBe(0);
  for (const server of fixture.others) server.kill();
  refuses(fixture.inUse, GrpcCode.INVALID_ARGUMENT, 'INVALID_FIELD', 'Too long.');
  fixture.client.send(conversation(fixture), 'refused');
  await fixture.clock.advance(20);
  keepsAlone(fixture, fixture.inUse);
  fixture.client.send(conversation(fixture), 'on one server');
  await fixture.clock.advance(20);
  for (const server of fixture.cluster.servers) server.kill();
  fixture.client.send(conversation(fixture), 'waiting');
  await fixture.clock.advance(20);
  expect(fixture.snapshot.unsent).toBe(3);
  await fixture.client.close();
  const next = fixture.again();
  await next.clock.advance(20);
  expect(next.snapshot).toMatchObject({ unsent: 3, conversations: undefined });
});

test('entries survive a reload', async () => {
  const fixture = await open();
  for (const server of fixture.cluster.servers) server.kill();
  const ids = ['1', '2'].map((text) => fixture.client.send(conversation(fixture), text));
  await fixture.clock.advance(100);
  await fixture.client.close();
  for (const server of fixture.cluster.servers) server.revive();
  const next = await fixture.again().live();
  await next.clock.advance(100);
  expect(next.inUse.requests(sendMessage).map((request) => request.messageId)).toEqual(ids);
  expect(await outboxOf(next)).toEqual([]);
});

describe('by username', () => {
  test('to somebody known, in any case, it waits in the outbox where no server answers', async () => {
    const fixture = await open();
    for (const server of fixture.cluster.servers) server.kill();
    let id = '';
    void fixture.client.sendTo('BOB', 'hi').then((conversationId) => {
      id = conversationId;
    });
    await fixture.clock.advance(20);
    expect(id).toBe(conversation(fixture));
    expect(await outboxOf(fixture)).toMatchObject([{ recipientId: BOB.accountId, text: 'hi' }]);
    expect(fixture.cluster.servers.flatMap((server) => server.requests(getAccount))).toEqual([]);
  });

  test('the account is found, then the message is sent', async () => {
    const fixture = new Fixture();
    for (const server of fixture.cluster.servers) server.on(listAccounts, () => ({ accounts: [ALICE], nextPageToken: '', seen: fixture.cluster.cursor(), behind: false }));
    await open(fixture);
    let id = '';
    void fixture.client.sendTo('bob', 'hi').then((conversationId) => {
      id = conversationId;
    });
    await fixture.clock.advance(20);
    expect(id).toBe(conversation(fixture));
    expect(fixture.inUse.requests(getAccount)).toMatchObject([{ account: { $case: 'username', value: 'bob' } }]);
    expect(fixture.inUse.requests(sendMessage)).toMatchObject([{ to: { $case: 'recipientId', value: BOB.accountId }, text: 'hi' }]);
  });

  test('no such account: nothing is sent', async () => {
    const fixture = await open();
    fixture.inUse.on(getAccount, () => {
      throw refusal(GrpcCode.NOT_FOUND, 'ACCOUNT_NOT_FOUND', 'No account is named "bbo". Check the spelling.');
    });
    const outcome = expect(fixture.client.sendTo('bbo', 'hi')).rejects.toMatchObject({ reason: 'ACCOUNT_NOT_FOUND', message: expect.stringContaining('bbo') });
    await fixture.clock.advance(20);
    await outcome;
    expect(sentTo(fixture.inUse)).toEqual([]);
  });
});

test('a conversation that a message begins stays in the list when the message has arrived', async () => {
  const fixture = await new Fixture().signIn();
  for (const server of fixture.cluster.servers) keepsAlone(fixture, server, 3);
  fixture.client.send(conversation(fixture), 'first');
  await fixture.clock.advance(50);
  expect(fixture.snapshot.conversations).toMatchObject([{ conversationId: conversation(fixture), other: BOB, lastMessage: { text: 'first', delivery: { status: 'stored' } } }]);
});

test('a conversation that is known only by its id gets its other account from the accounts', async () => {
  const fixture = await new Fixture().signIn();
  for (const server of fixture.cluster.servers) keepsAlone(fixture, server, 3);
  const id = conversation(fixture);
  await fixture.client.close();
  const next = await fixture.again().live();
  expect(next.inUse.requests(listAccounts).length).toBeGreaterThan(0);
  next.client.send(id, 'hi');
  await next.clock.advance(20);
  expect(next.inUse.requests(sendMessage)).toMatchObject([{ to: { $case: 'recipientId', value: BOB.accountId } }]);
});

test('a message that the stream brings before its answer is there once', async () => {
  const fixture = await open();
  const server = fixture.inUse;
  server.latencyMs = 200;
  const messageId = fixture.client.send(conversation(fixture), 'both ways');
  await fixture.clock.advance(150);
  const message = fixture.cluster.message({ messageId, text: 'both ways', senderId: ALICE.accountId, conversationId: conversation(fixture) });
  fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: message } }], resume: fixture.cluster.cursor() } });
  expect(fixture.messages(conversation(fixture))).toMatchObject([{ messageId, delivery: { status: 'sending' } }]);
  await fixture.clock.advance(200);
  expect(fixture.messages(conversation(fixture))).toMatchObject([{ messageId, delivery: { status: 'stored', stored: 3 } }]);
});
