import { ChatServiceDefinition, type Conversation, type Message } from '@parley/proto/chat';
import { ALICE, BOB } from '../test/fake-cluster.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { type FollowOptions, followMessages } from './follow-messages.ts';
import { waitFor } from './wait-for.ts';

const { listConversations } = ChatServiceDefinition.methods;

afterEach(closeAll);

/** A signed-in client with one conversation of these messages, and what following it tells. */
async function follow(count: number, unread: number, options?: FollowOptions) {
  const fixture = new Fixture();
  const messages = fixture.fill(count, (number) => ({ unread: number > count - unread }));
  const lastMessage = messages.at(-1);
  const conversation: Conversation = { conversationId: 'c', others: [BOB], lastMessage, unreadCount: unread };
  for (const server of fixture.cluster.servers) {
    server.on(listConversations, () => ({ conversations: count > 0 ? [conversation] : [], nextPageToken: '', seen: fixture.cluster.cursor(), behind: false }));
  }
  const told: string[] = [];
  const stop = followMessages(fixture.client, (message, { other }) => told.push(`${message.mine ? `to ${other.username}` : other.username}: ${message.text}`), options);
  await fixture.signIn();
  await fixture.clock.advance(100);
  const receive = async (message: Partial<Message>): Promise<void> => {
    const update = { update: { $case: 'message' as const, value: fixture.cluster.message(message) } };
    fixture.stream.send({ $case: 'delta', value: { updates: [update], resume: fixture.cluster.cursor() } });
    await fixture.clock.advance(1_500);
  };
  return { fixture, told, stop, receive };
}

describe('following messages', () => {
  test('tells the unread ones first, then each that comes, each once, until stopped', async () => {
    const { told, stop, receive } = await follow(5, 2);
    expect(told).toEqual(['bob: 4', 'bob: 5']);
    await receive({ text: 'six', unread: true });
    await receive({ text: 'read on another device', unread: false });
    expect(told.slice(2)).toEqual(['bob: six', 'bob: read on another device']);
    stop();
    await receive({ text: 'eight', unread: true });
    expect(told).toHaveLength(4);
  });

  test('goes back for as many unread ones as there are', async () => {
    const { told } = await follow(200, 120);
    expect([told.length, told[0], told.at(-1)]).toEqual([120, 'bob: 81', 'bob: 200']);
  });

  test('nothing unread: nothing is told, nor loaded, until something comes', async () => {
    const { fixture, told, receive } = await follow(5, 0);
    expect([told, fixture.snapshot.timelines.size]).toEqual([[], 0]);
    await receive({ text: 'six', messageId: 'm6', unread: true });
    expect(fixture.snapshot.timelines.size).toBe(1);
    expect(told).toEqual(['bob: six']);
  });

  test('a conversation that is new', async () => {
    const { told, receive } = await follow(0, 0);
    await receive({ conversationId: 'new', text: 'hello', unread: true });
    expect(told).toEqual(['bob: hello']);
  });

  test('own messages where that is asked for: at once, also while no server answers', async () => {
    const { fixture, told, receive } = await follow(1, 0, { own: true });
    await receive({ senderId: ALICE.accountId, text: 'from my other device' });
    for (const server of fixture.cluster.servers) server.kill();
    fixture.client.send('c', 'while all are dead');
    await fixture.clock.advance(10);
    expect(told).toEqual(['to bob: from my other device', 'to bob: while all are dead']);
    for (const server of fixture.cluster.servers) server.revive();
    await fixture.clock.advance(20_000);
    expect(told).toHaveLength(2);
  });

  test('deleted ones are not told', async () => {
    const { told, receive } = await follow(1, 0);
    await receive({ text: '', deleted: true });
    expect(told).toEqual([]);
  });
});

describe('waiting for something in the snapshot', () => {
  test('what is there already, what comes, what never comes, and what ends it', async () => {
    const fixture = new Fixture();
    expect(await waitFor(fixture.client, ({ session }) => session.status)).toBe('signed-out');
    const signedIn = waitFor(fixture.client, ({ session }) => session.status === 'signed-in' && session.username);
    await fixture.signIn();
    expect(await signedIn).toBe('alice');
    await expect(waitFor(fixture.client, () => false, { timeoutMs: 1 })).rejects.toMatchObject({ reason: 'UNREACHABLE' });
    await expect(waitFor(fixture.client, () => false, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'CANCELLED' });
    await expect(waitFor(fixture.client, () => {
      throw new Error('not this one');
    })).rejects.toThrow('not this one');
  });
});
