import { ChatServiceDefinition, type Message } from '@parley/proto/chat';
import { ALICE, BOB } from '../test/fake-cluster.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { conversation, open as openWithBob } from '../test/outbox-fixture.ts';

const { getMessages, listMessages, sendMessage } = ChatServiceDefinition.methods;

afterEach(closeAll);

const asked = (fixture: Fixture) => fixture.cluster.servers.flatMap((server) => server.requests(getMessages));
const key = ({ senderId, messageId }: Message) => ({ senderId, messageId });
const replies = (fixture: Fixture) => fixture.messages('c').map(({ replyTo }) => replyTo && [replyTo.status, replyTo.text]);

/** Signed in, with the last 50 of so many messages open; the last one answers the n-th. */
async function open(count: number, n: number, change: Partial<Message> = {}) {
  const fixture = await new Fixture().signIn();
  const messages: Message[] = [];
  messages.push(...fixture.fill(count, (number) => (number === count ? { replyTo: { senderId: BOB.accountId, messageId: 'question' }, ...change } : number === n ? { messageId: 'question' } : {})));
  const question = messages[n - 1];
  if (!question) throw new Error('there is one');
  await fixture.pass(fixture.client.openConversation('c'));
  return { fixture, messages, question };
}

function have(fixture: Fixture, ...messages: Message[]): void {
  for (const server of fixture.cluster.servers) {
    server.on(getMessages, (request) => ({ messages: messages.filter((message) => request.messages.some(({ messageId }) => messageId === message.messageId)), seen: fixture.cluster.cursor(), behind: false }));
  }
}

describe('[I1] what a message answers', () => {
  test('is told from the timeline where it is loaded, and follows its edits and deletion', async () => {
    const { fixture, question } = await open(3, 1);
    expect(replies(fixture)).toEqual([undefined, undefined, ['here', '1']]);
    const tell = (message: Partial<Message>) => fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: { ...question, ...message } } }], resume: fixture.cluster.cursor() } });
    tell({ text: 'one', edit: { editedAtMs: 1, revision: 1, stamp: { hlc: 9, origin: 1 } } });
    await fixture.clock.advance(5);
    expect(replies(fixture).at(-1)).toEqual(['here', 'one']);
    tell({ text: '', deleted: true });
    await fixture.clock.advance(5);
    expect(fixture.messages('c').at(-1)?.replyTo).toMatchObject({ status: 'here', text: '', deleted: true });
    expect(asked(fixture)).toEqual([]);
  });

  test('further up it is fetched by its id, and stands in no timeline for that', async () => {
    const fixture = await new Fixture().signIn();
    const messages = fixture.fill(200, (number) => (number > 198 ? { replyTo: { senderId: BOB.accountId, messageId: 'question' } } : number === 5 ? { messageId: 'question' } : {}));
    have(fixture, ...messages);
    const work = fixture.client.openConversation('c');
    await fixture.clock.advance(30);
    await work;
    expect(replies(fixture).slice(-2)).toEqual([['loading', ''], ['loading', '']]);
    await fixture.clock.advance(100);
    expect(replies(fixture).slice(-2)).toEqual([['here', '5'], ['here', '5']]);
    expect(fixture.messages('c')).toHaveLength(50);
    expect(asked(fixture)).toHaveLength(1);
  });

  test('is what it was last, also once it was let go of: what was fetched before counts no more', async () => {
    // The answer stays, as all that is unread does.
    const { fixture, messages, question } = await open(200, 5, { unread: true });
    have(fixture, question);
    await fixture.clock.advance(100);
    expect(replies(fixture).at(-1)).toEqual(['here', '5']);
    const tell = async (message: Message) => {
      fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: message } }], resume: fixture.cluster.cursor() } });
      await fixture.clock.advance(1);
    };
    const deleted = { ...question, text: '', deleted: true };
    await tell(deleted);
    have(fixture, deleted);
    const answer = messages.at(-1);
    const replyTo = () => fixture.messages('c').find(({ messageId }) => messageId === answer?.messageId)?.replyTo;
    expect(replyTo()).toMatchObject({ status: 'here', text: '', deleted: true });
    for (let more = 0; more < 1_600; more++) await tell(fixture.cluster.message({}));
    await fixture.clock.advance(100);
    expect(replyTo()).toMatchObject({ status: 'here', text: '', deleted: true });
  });

  test('one that no server has says so, until it comes', async () => {
    const { fixture } = await open(1, 1, { messageId: 'answer', replyTo: { senderId: BOB.accountId, messageId: 'lost' } });
    await fixture.clock.advance(100);
    expect(replies(fixture)).toEqual([['missing', '']]);
    const late = fixture.cluster.message({ messageId: 'lost', text: 'here I am' });
    fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: late } }], resume: fixture.cluster.cursor() } });
    await fixture.clock.advance(5);
    expect(replies(fixture)).toContainEqual(['here', 'here I am']);
  });

  test('of one’s own message it is there at once, is sent with it, and is kept with it over a reload', async () => {
    const fixture = await openWithBob();
    const question = fixture.client.send(conversation(fixture), 'when?');
    for (const server of fixture.cluster.servers) server.kill();
    fixture.client.send(conversation(fixture), 'at eight', { replyTo: { senderId: ALICE.accountId, messageId: question } });
    expect(fixture.messages(conversation(fixture)).map(({ text, replyTo }) => [text, replyTo?.status, replyTo?.text])).toEqual([['when?', undefined, undefined], ['at eight', 'here', 'when?']]);
    await fixture.client.close();
    const next = fixture.again();
    for (const server of next.cluster.servers) server.revive();
    await next.live();
    await next.clock.advance(8000);
    const sent = next.cluster.servers.flatMap((server) => server.requests(sendMessage)).filter(({ text }) => text === 'at eight');
    expect(sent.at(-1)?.replyTo).toMatchObject({ senderId: ALICE.accountId, messageId: question });
  });
});

describe('loading back to a message', () => {
  test('loads large pages until it is there', async () => {
    const { fixture, messages, question } = await open(1000, 300);
    have(fixture, ...messages);
    const outcome = fixture.client.loadBackTo('c', key(question));
    await fixture.clock.advance(500);
    expect(await outcome).toBe('here');
    expect(fixture.messages('c').some(({ messageId }) => messageId === 'question')).toBe(true);
    const pages = fixture.cluster.servers.flatMap((server) => server.requests(listMessages));
    expect(pages.map(({ pageSize }) => pageSize)).toEqual([50, 200, 200, 200, 200]);
    expect(fixture.messages('c').map(({ text }) => text)).toEqual(messages.slice(150).map(({ text }) => text));
  });

  test('says where no server has it, and asks for nothing where it is loaded', async () => {
    const { fixture, messages } = await open(10, 1);
    const before = fixture.inUse.calls.length;
    const there = fixture.client.loadBackTo('c', key(messages[3] as Message));
    await fixture.clock.advance(5);
    expect([await there, fixture.inUse.calls.length]).toEqual(['here', before]);
    const missing = fixture.client.loadBackTo('c', { senderId: BOB.accountId, messageId: 'nowhere' });
    await fixture.clock.advance(100);
    expect(await missing).toBe('missing');
  });

  test('stops after 10,000 messages, and goes on from there when it is called again', async () => {
    const { fixture, messages, question } = await open(12_000, 10);
    have(fixture, ...messages);
    const once = fixture.client.loadBackTo('c', key(question));
    await fixture.clock.advance(3000);
    expect(await once).toBe('too-far');
    expect(fixture.messages('c')).toHaveLength(10_050);
    const again = fixture.client.loadBackTo('c', key(question));
    await fixture.clock.advance(3000);
    expect(await again).toBe('here');
  });
});
