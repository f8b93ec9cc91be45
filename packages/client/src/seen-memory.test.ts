import { ChatServiceDefinition, type SendMessageRequest, type SendMessageResponse } from '@parley/proto/chat';
import { ALICE, copiesOf } from '../test/fake-cluster.ts';
import { closeAll, type Fixture } from '../test/fixture.ts';
import { conversation, open, outboxOf } from '../test/outbox-fixture.ts';
import { toHex } from './hex.ts';

const { listConversations, listMessages, sendMessage } = ChatServiceDefinition.methods;
const KEY = `seen:${ALICE.accountId}`;

afterEach(closeAll);

const bytes = (name: string): Uint8Array => new TextEncoder().encode(name);
const names = (cursors: readonly Uint8Array[]): string[] => cursors.map((cursor) => new TextDecoder().decode(cursor));
const kept = async (fixture: Fixture): Promise<string[]> => names(((await fixture.storage.get(KEY)) ?? '').split(' ').map((hex) => Buffer.from(hex, 'hex')));

/** A page whose message was taken by one server, whose answer gave this cursor. */
async function sent(cursor: string): Promise<Fixture> {
  const fixture = await open();
  fixture.inUse.on(sendMessage, ({ messageId }: SendMessageRequest): SendMessageResponse => ({
    message: fixture.cluster.message({ messageId, senderId: ALICE.accountId, conversationId: conversation(fixture) }), copies: copiesOf(2, 3), seen: bytes(cursor),
  }));
  fixture.client.send(conversation(fixture), 'first');
  await fixture.clock.advance(10);
  expect(await outboxOf(fixture)).toEqual([]);
  return fixture;
}

test('[Y6] what is sent after a reload tells a server of all that was sent before: the next one stands below it', async () => {
  const fixture = await sent('of the first message');
  const next = fixture.again();
  await next.live();
  await next.clock.advance(10);
  next.client.send(conversation(next), 'second');
  await next.clock.advance(10);
  const seen = next.cluster.servers.flatMap((server) => server.calls).sort((a, b) => a.at - b.at).map(({ request }) => (request as { seen?: readonly Uint8Array[] }).seen ?? []);
  // The first request of the new page that says anything says it; later ones carry what covers it.
  const first = seen.findIndex((cursors) => names(cursors).includes('of the first message'));
  expect(first).toBeGreaterThan(-1);
  expect(next.inUse.requests(sendMessage).at(-1)?.seen).not.toEqual([]);
});

test('[Y6] storage forgets no message before it holds what the answer showed', async () => {
  const fixture = await open();
  let write: () => void = () => undefined;
  const update = fixture.storage.update.bind(fixture.storage);
  fixture.storage.update = (key, change) => (key === KEY ? new Promise((resolve, reject) => {
    write = () => void update(key, change).then(resolve, reject);
  }) : update(key, change));
  fixture.client.send(conversation(fixture), 'first');
  await fixture.clock.advance(100);
  expect(await outboxOf(fixture)).toMatchObject([{ text: 'first' }]);
  fixture.storage.update = update;
  write();
  await fixture.clock.advance(10);
  expect(await outboxOf(fixture)).toEqual([]);
});

test('[Y6] no request and no stream goes out before what was kept is known', async () => {
  const fixture = await sent('of the first message');
  const get = fixture.storage.get.bind(fixture.storage);
  let read: () => void = () => undefined;
  fixture.storage.get = (key) => (key === KEY ? new Promise((resolve, reject) => {
    read = () => void get(key).then(resolve, reject);
  }) : get(key));
  const before = fixture.cluster.servers.flatMap((server) => server.streams).length;
  const next = fixture.again();
  void next.client.openConversation(conversation(fixture)).catch(() => undefined);
  await next.clock.advance(1_000);
  expect(fixture.cluster.servers.flatMap((server) => server.streams).length).toBe(before);
  read();
  await next.live();
  const { request } = next.cluster.servers.flatMap((server) => server.openStreams()).at(-1) ?? { request: undefined };
  expect(names(request?.seen ?? [])).toContain('of the first message');
});

test('[Y6] what the stream brings is kept soon, and a storm of it is one write', async () => {
  const fixture = await open();
  await fixture.clock.advance(2_000);
  let writes = 0;
  const update = fixture.storage.update.bind(fixture.storage);
  fixture.storage.update = (key, change) => {
    if (key === KEY) writes += 1;
    return update(key, change);
  };
  for (let turn = 1; turn <= 200; turn++) {
    fixture.stream.send({ $case: 'delta', value: { updates: [], resume: bytes(`r${turn}`) } });
    await fixture.clock.advance(5);
  }
  await fixture.clock.advance(1_000);
  expect(writes).toBeLessThanOrEqual(2);
  expect(await kept(fixture)).toContain('r200');
  await fixture.clock.advance(10_000);
  expect(writes).toBeLessThanOrEqual(2);
});

test('clients on one storage keep theirs side by side; signing out forgets all', async () => {
  const fixture = await sent('of the first client');
  await fixture.clock.advance(1_000);
  await fixture.storage.update(KEY, (text) => `${text} ${toHex(bytes('of another client'))} not-a-cursor`);
  fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('later') } });
  await fixture.clock.advance(1_100);
  expect(await kept(fixture)).toEqual(['later', 'of the first client', 'of another client']);
  await fixture.pass(fixture.client.logOut());
  await fixture.clock.advance(2_000);
  expect(await fixture.storage.get(KEY)).toBeUndefined();
});

test('[Y6] what a page was shown is not shown less after a reload, where another server has it', async () => {
  const fixture = await open();
  const [message] = fixture.fill(1, () => ({ conversationId: conversation(fixture) }));
  await fixture.pass(fixture.client.openConversation(conversation(fixture)));
  expect(fixture.messages(conversation(fixture))).toHaveLength(1);
  await fixture.clock.advance(1_100);
  // Only one server has the message: the others say that they are behind of what is kept, and show nothing.
  const [, ...behind] = fixture.cluster.servers;
  for (const server of behind) {
    server.on(listMessages, ({ seen }) => ({ messages: [], more: false, seen: fixture.cluster.cursor(), behind: seen.length > 0 }));
    server.on(listConversations, ({ seen }) => ({ conversations: [], nextPageToken: '', seen: fixture.cluster.cursor(), behind: seen.length > 0 }));
  }
  const next = fixture.again();
  await next.live();
  await next.pass(next.client.openConversation(conversation(next)));
  expect(next.messages(conversation(next)).map(({ messageId }) => messageId)).toEqual([message?.messageId]);
});

test('what is no cursor is left out', async () => {
  const fixture = await sent('of the first message');
  await fixture.storage.set(KEY, `zz ${toHex(bytes('kept'))} 123`);
  const next = fixture.again();
  await next.live();
  const streams = next.cluster.servers.flatMap((server) => server.openStreams());
  expect(names(streams.at(-1)?.request.seen ?? [])).toEqual(['kept']);
});
