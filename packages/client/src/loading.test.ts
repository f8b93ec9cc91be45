import { ChatServiceDefinition, type ListMessagesRequest } from '@parley/proto/chat';
import { BOB } from '../test/fake-cluster.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { listAccounts, listConversations, listMessages } = ChatServiceDefinition.methods;

afterEach(closeAll);

const bytes = (name: string): Uint8Array => new TextEncoder().encode(name);
const texts = (fixture: Fixture): string[] => fixture.messages('c').map((message) => message.text);
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

describe('timelines', () => {
  test('open with the newest page and grow by older ones', async () => {
    const fixture = await new Fixture().signIn();
    fixture.fill(120);
    const opening = fixture.client.openConversation('c');
    expect(fixture.snapshot.timelines.get('c')).toMatchObject({ messages: [], loading: true });
    await fixture.pass(opening);
    expect(texts(fixture)).toEqual(numbers(71, 120));
    expect(fixture.snapshot.timelines.get('c')).toMatchObject({ more: true, loading: false });
    await fixture.pass(fixture.client.loadOlder('c'));
    expect(texts(fixture)).toEqual(numbers(21, 120));
    await fixture.pass(fixture.client.loadOlder('c'));
    expect(texts(fixture)).toEqual(numbers(1, 120));
    expect(fixture.snapshot.timelines.get('c')?.more).toBe(false);
    const calls = fixture.inUse.requests(listMessages).length;
    await fixture.pass(fixture.client.loadOlder('c'));
    expect(fixture.inUse.requests(listMessages)).toHaveLength(calls);
  });

  test('whoever asks for older ones while they are on their way waits for them: a loop until there are no more ends', async () => {
    const fixture = await new Fixture().signIn();
    fixture.fill(120);
    const load = async (): Promise<void> => {
      await fixture.client.openConversation('c');
      void fixture.client.loadOlder('c');
      while (fixture.snapshot.timelines.get('c')?.more) await fixture.client.loadOlder('c');
    };
    await Promise.all([load(), fixture.clock.advance(100)]);
    expect(texts(fixture)).toEqual(numbers(1, 120));
    expect(fixture.inUse.requests(listMessages)).toHaveLength(3);
  });

  test('opened again keep what was loaded', async () => {
    const fixture = await new Fixture().signIn();
    fixture.fill(120);
    await fixture.pass(fixture.client.openConversation('c'));
    await fixture.pass(fixture.client.loadOlder('c'));
    await fixture.pass(fixture.client.openConversation('c'));
    expect(texts(fixture)).toEqual(numbers(21, 120));
  });

  test('of a conversation that nobody has begun are empty', async () => {
    const fixture = await new Fixture().signIn();
    for (const server of fixture.cluster.servers) {
      server.on(listMessages, () => {
        throw refusal(GrpcCode.NOT_FOUND, 'CONVERSATION_NOT_FOUND');
      });
    }
    await fixture.pass(fixture.client.openConversation('c'));
    expect(fixture.snapshot.timelines.get('c')).toEqual({ messages: [], more: false, loading: false });
  });

  test('that could not be loaded say so and can be opened again', async () => {
    const fixture = await new Fixture().signIn();
    for (const server of fixture.cluster.servers) server.kill();
    const outcome = expect(fixture.client.openConversation('c')).rejects.toMatchObject({ reason: 'UNREACHABLE' });
    await fixture.clock.advance(11_000);
    await outcome;
    expect(fixture.snapshot.timelines.get('c')).toMatchObject({ messages: [], loading: false });
    for (const server of fixture.cluster.servers) server.revive();
    fixture.fill(3);
    await Promise.all([fixture.client.openConversation('c'), fixture.clock.advance(6_000)]);
    expect(texts(fixture)).toEqual(['1', '2', '3']);
  });

  test('after `reload` have no hole, however much was missed', async () => {
    const fixture = await new Fixture().signIn();
    fixture.fill(60);
    await fixture.pass(fixture.client.openConversation('c'));
    expect(texts(fixture)).toEqual(numbers(11, 60));
    fixture.cluster.servers.forEach((server) => server.on(listMessages, () => ({ messages: [], more: false, seen: bytes('s'), behind: false })));
    const first = fixture.messages('c').length;
    // 500 more while the stream was away: they come in pages of 200, down to what is known.
    const missed = Array.from({ length: 500 }, (_, index) => fixture.cluster.message({ text: `${61 + index}` }));
    for (const server of fixture.cluster.servers) {
      server.on(listMessages, ({ before, pageSize }: ListMessagesRequest) => {
        const older = missed.filter((message) => !before || (message.position?.hlc ?? 0) < before.hlc);
        return { messages: older.slice(-pageSize).reverse(), more: true, seen: fixture.cluster.cursor(), behind: false };
      });
    }
    fixture.stream.send({ $case: 'reload', value: { resume: bytes('r') } });
    await fixture.clock.until(() => fixture.messages('c').length > first && !fixture.snapshot.timelines.get('c')?.loading);
    await fixture.clock.advance(100);
    expect(texts(fixture).slice(-500)).toEqual(numbers(61, 560));
  });
});

test('conversations and accounts are loaded page by page', async () => {
  const fixture = new Fixture();
  const conversation = (number: number) => ({ conversationId: `c${number}`, others: [{ ...BOB, accountId: `a${number}` }], lastMessage: fixture.cluster.message({ conversationId: `c${number}` }), unreadCount: 0 });
  for (const server of fixture.cluster.servers) {
    server.on(listConversations, ({ pageToken }) => ({ conversations: [conversation(pageToken === '' ? 1 : 2)], nextPageToken: pageToken === '' ? 'next' : '', seen: bytes('s'), behind: false }));
    server.on(listAccounts, ({ pageToken }) => ({ accounts: [{ ...BOB, accountId: pageToken }], nextPageToken: pageToken === '' ? 'next' : '', seen: bytes('s'), behind: false }));
  }
  await fixture.signIn();
  await fixture.clock.advance(50);
  expect(fixture.snapshot.conversations).toHaveLength(2);
  expect(fixture.inUse.requests(listAccounts).map((request) => request.pageToken)).toEqual(['', 'next']);
});

test('a late message while no server answers: the conversations are loaded once one is back', async () => {
  const fixture = new Fixture();
  const lastMessage = fixture.cluster.message({ position: { hlc: 100, origin: 1 }, unread: true });
  let unreadCount = 1;
  for (const server of fixture.cluster.servers) {
    server.on(listConversations, () => ({ conversations: [{ conversationId: 'c', others: [BOB], lastMessage, unreadCount }], nextPageToken: '', seen: bytes('s'), behind: false }));
  }
  await fixture.signIn();
  const value = fixture.cluster.message({ position: { hlc: 50, origin: 2 }, unread: true });
  fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value } }], resume: bytes('r') } });
  unreadCount = 2;
  for (const server of fixture.cluster.servers) server.kill();
  await fixture.clock.advance(30_000);
  for (const server of fixture.cluster.servers) server.revive();
  // The stream resumes, so that nothing else loads them.
  await fixture.clock.until(() => fixture.snapshot.conversations?.[0]?.unreadCount === 2);
});

test('a conversation that is refused for good keeps nothing else from being loaded again', async () => {
  const fixture = await new Fixture().signIn();
  for (const server of fixture.cluster.servers) {
    server.on(listMessages, () => {
      throw refusal(GrpcCode.INVALID_ARGUMENT, 'INVALID_FIELD', 'That is no conversation. Choose another one.');
    });
  }
  const outcome = expect(fixture.client.openConversation('no id')).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
  await fixture.clock.advance(50);
  await outcome;
  expect(fixture.snapshot.timelines.size).toBe(0);
  fixture.stream.send({ $case: 'reload', value: { resume: bytes('reloaded') } });
  await fixture.clock.advance(5_000);
  fixture.stream.end();
  await fixture.clock.until(() => fixture.streams.length === 1);
  expect(fixture.stream.request.resume).toEqual(Buffer.from('reloaded'));
});

test('several late messages lead to one load of the conversations', async () => {
  const fixture = new Fixture();
  for (const server of fixture.cluster.servers) {
    server.on(listConversations, () => ({ conversations: [{ conversationId: 'c', others: [BOB], lastMessage: fixture.cluster.message({ position: { hlc: 100, origin: 1 } }), unreadCount: 1 }], nextPageToken: '', seen: bytes('s'), behind: false }));
  }
  await fixture.signIn();
  const before = fixture.inUse.requests(listConversations).length;
  for (const hlc of [50, 51, 52]) {
    const value = fixture.cluster.message({ position: { hlc, origin: 2 }, unread: true });
    fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value } }], resume: bytes('r') } });
  }
  await fixture.clock.advance(3_000);
  expect(fixture.inUse.requests(listConversations)).toHaveLength(before + 1);
});
