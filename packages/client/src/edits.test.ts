import { ChatServiceDefinition, type EditMessageRequest, type EditMessageResponse, type Message } from '@parley/proto/chat';
import { ALICE, copiesOf } from '../test/fake-cluster.ts';
import { type FakeServer, refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { conversation, keepsAlone, open as openWithBob, refuses, sentTo } from '../test/outbox-fixture.ts';
import { GrpcCode } from './failure.ts';

const { editMessage, sendMessage } = ChatServiceDefinition.methods;

afterEach(closeAll);

const edits = (fixture: Fixture): EditMessageRequest[] =>
  fixture.cluster.servers.flatMap((server) => server.calls.filter(({ method }) => method === editMessage.name)).sort((a, b) => a.at - b.at).map(({ request }) => request as EditMessageRequest);
const shown = (fixture: Fixture, id = 'c') => fixture.messages(id).map(({ text, edited }) => [text, edited?.sending]);
const stamp = (hlc: number) => ({ hlc, origin: 1 });

/** Signed in, with a conversation of one's own messages open; servers edit them. */
async function open(count = 1) {
  const fixture = await new Fixture().signIn();
  const messages = fixture.fill(count, () => ({ senderId: ALICE.accountId }));
  for (const server of fixture.cluster.servers) server.on(editMessage, (request) => answer(fixture, messages, request));
  await fixture.pass(fixture.client.openConversation('c'));
  return { fixture, messages };
}

function answer(fixture: Fixture, messages: readonly Message[], { message, text, revision }: EditMessageRequest): EditMessageResponse {
  const held = messages.find(({ messageId }) => messageId === message?.messageId);
  return { message: { ...(held as Message), text, edit: { editedAtMs: fixture.clock.now(), revision, stamp: stamp(100 + revision) } }, copies: copiesOf(3, 3), seen: fixture.cluster.cursor() };
}

async function kill(servers: readonly FakeServer[], fixture: Fixture): Promise<void> {
  for (const server of servers) server.kill();
  await fixture.clock.advance(10);
}

describe('[Y8] edits', () => {
  test('are shown at once, told with the next revision, and shown as edited by all servers’ word', async () => {
    const { fixture, messages: [first] } = await open();
    const work = fixture.client.edit('c', first?.messageId ?? '', 'one');
    await fixture.clock.advance(0);
    expect(shown(fixture)).toEqual([['one', true]]);
    await fixture.pass(work);
    expect(shown(fixture)).toEqual([['one', false]]);
    await fixture.pass(fixture.client.edit('c', first?.messageId ?? '', 'uno'));
    expect(edits(fixture)).toMatchObject([{ text: 'one', revision: 1, message: { senderId: ALICE.accountId, messageId: first?.messageId } }, { text: 'uno', revision: 2 }]);
    expect(edits(fixture)[0]?.editId).not.toBe(edits(fixture)[1]?.editId);
  });

  test('where no server answers say that they are kept, stay as if done, and are done after a reload, hours later', async () => {
    const { fixture, messages } = await open(2);
    await kill(fixture.cluster.servers, fixture);
    const outcome = expect(fixture.client.edit('c', messages[0]?.messageId ?? '', 'one')).rejects.toMatchObject({ reason: 'KEPT' });
    await fixture.clock.advance(25_000);
    await outcome;
    expect(shown(fixture)).toEqual([['one', true], ['2', undefined]]);
    await fixture.client.close();
    await fixture.clock.advance(20 * 3_600_000);
    const next = fixture.again();
    for (const server of next.cluster.servers) server.revive();
    await next.live();
    await next.pass(next.client.openConversation('c'));
    expect(edits(next)).toMatchObject([{ text: 'one', revision: 1 }]);
    expect(JSON.parse((await next.storage.get(`deeds:${ALICE.accountId}`)) ?? '[]')).toEqual([]);
  });

  test('of several that no server has taken the last one is told', async () => {
    const { fixture, messages: [first] } = await open();
    await kill(fixture.cluster.servers, fixture);
    const works = ['one', 'two', 'three'].map((text) => fixture.client.edit('c', first?.messageId ?? '', text));
    for (const server of fixture.cluster.servers) server.revive();
    fixture.client.nudge();
    await fixture.clock.advance(8000);
    await Promise.all(works);
    expect(edits(fixture).map(({ text }) => text).at(-1)).toBe('three');
    expect(new Set(edits(fixture).map(({ text }) => text))).not.toContain('two');
    expect(shown(fixture)).toEqual([['three', false]]);
  });

  test('refused for good: the text is again what it was, and the reason is shown until the next edit', async () => {
    const { fixture, messages: [first] } = await open();
    for (const server of fixture.cluster.servers) {
      server.on(editMessage, () => {
        throw refusal(GrpcCode.FAILED_PRECONDITION, 'TOO_MANY_EDITS', 'Send a new one.');
      });
    }
    const outcome = expect(fixture.client.edit('c', first?.messageId ?? '', 'one')).rejects.toMatchObject({ reason: 'TOO_MANY_EDITS' });
    await fixture.clock.advance(50);
    await outcome;
    expect(fixture.messages('c')).toMatchObject([{ text: '1', edited: undefined, failedEdit: { text: 'one', reason: 'Send a new one.', code: 'TOO_MANY_EDITS' } }]);
    fixture.client.discardEdit(first?.messageId ?? '');
    expect(fixture.messages('c')[0]?.failedEdit).toBeUndefined();
  });

  test('a server that lacks the newest edit takes nothing back, in pages or on the stream; one that is told by the stream changes the text in its place', async () => {
    const { fixture, messages } = await open(2);
    const [first] = messages;
    const tell = (message: Partial<Message>) => fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: { ...(first as Message), ...message } } }], resume: fixture.cluster.cursor() } });
    tell({ text: 'two', edit: { editedAtMs: 7, revision: 2, stamp: stamp(50) } });
    await fixture.clock.advance(5);
    expect(shown(fixture)).toEqual([['two', false], ['2', undefined]]);
    tell({ text: 'one', edit: { editedAtMs: 9, revision: 1, stamp: stamp(60) } });
    tell({ text: '1' });
    await fixture.pass(fixture.client.openConversation('c'));
    expect(shown(fixture)).toEqual([['two', false], ['2', undefined]]);
    tell({ text: 'deux', edit: { editedAtMs: 9, revision: 2, stamp: stamp(51) } });
    await fixture.clock.advance(5);
    expect(fixture.messages('c')[0]).toMatchObject({ text: 'deux', edited: { at: 9, sending: false } });
    tell({ text: '', deleted: true });
    tell({ text: 'trois', edit: { editedAtMs: 9, revision: 3, stamp: stamp(70) } });
    await fixture.clock.advance(5);
    expect(fixture.messages('c')[0]).toMatchObject({ text: '', deleted: true, edited: undefined });
  });
});

describe('[Y8] edits of messages on their way', () => {
  test('one that no server was offered is sent with the new text', async () => {
    const fixture = await openWithBob();
    await kill(fixture.cluster.servers, fixture);
    const first = fixture.client.send(conversation(fixture), 'first');
    await fixture.clock.advance(100);
    // The first one was offered, in vain; the second waits behind it.
    const second = fixture.client.send(conversation(fixture), 'secnod');
    await fixture.pass(fixture.client.edit(conversation(fixture), second, 'second'));
    expect(fixture.messages(conversation(fixture)).map(({ text, edited }) => [text, edited])).toEqual([['first', undefined], ['second', undefined]]);
    for (const server of fixture.cluster.servers) server.revive();
    await fixture.clock.advance(8000);
    expect(sentTo(fixture.inUse)).toEqual(expect.arrayContaining(['first', 'second']));
    expect([edits(fixture), first === second]).toEqual([[], false]);
  });

  test('one that may have reached a server is edited after it, however long that takes', async () => {
    const fixture = await openWithBob();
    for (const server of fixture.cluster.servers) refuses(server, GrpcCode.UNAVAILABLE, 'STORAGE_FAILED');
    const messageId = fixture.client.send(conversation(fixture), 'frist');
    await fixture.clock.advance(100);
    let isDone = false;
    void fixture.client.edit(conversation(fixture), messageId, 'first').then(() => {
      isDone = true;
    }, () => undefined);
    await fixture.clock.advance(30_000);
    expect(edits(fixture)).toEqual([]);
    expect(shown(fixture, conversation(fixture))).toEqual([['first', true]]);
    const next = fixture.again();
    await fixture.client.close();
    for (const server of next.cluster.servers) keepsAlone(next, server, 3);
    await next.live();
    await next.clock.advance(8000);
    const calls = next.cluster.servers.flatMap((server) => server.calls).filter(({ method }) => method === sendMessage.name || method === editMessage.name).sort((a, b) => a.at - b.at);
    expect(calls.map(({ method }) => method).slice(-2)).toEqual([sendMessage.name, editMessage.name]);
    expect(edits(next)).toMatchObject([{ text: 'first', revision: 1 }]);
    expect(isDone).toBe(false);
  });

  test('where only one server has the message, and another is asked, the edit waits', async () => {
    const fixture = await openWithBob();
    const { inUse } = fixture;
    keepsAlone(fixture, inUse, 1);
    for (const server of fixture.allBut(inUse)) refuses(server, GrpcCode.UNAVAILABLE, 'NOT_HERE');
    const messageId = fixture.client.send(conversation(fixture), 'frist');
    await fixture.clock.advance(200);
    for (const server of fixture.cluster.servers) {
      server.on(editMessage, () => {
        throw refusal(GrpcCode.NOT_FOUND, 'MESSAGE_NOT_FOUND');
      });
    }
    const outcome = expect(fixture.client.edit(conversation(fixture), messageId, 'first')).rejects.toMatchObject({ reason: 'NOT_HERE' });
    await fixture.clock.advance(200);
    await outcome;
    expect(shown(fixture, conversation(fixture))).toEqual([['first', true]]);
    for (const server of fixture.cluster.servers) {
      server.on(editMessage, ({ text, revision, message }) => ({
        message: fixture.cluster.message({ ...message, conversationId: conversation(fixture), text, edit: { editedAtMs: 1, revision, stamp: stamp(99) } }), copies: copiesOf(1, 3), seen: fixture.cluster.cursor(),
      }));
    }
    await fixture.clock.advance(8000);
    expect(shown(fixture, conversation(fixture))).toEqual([['first', false]]);
  });

  test('one that was refused for good is sent once more, with the new text', async () => {
    const fixture = await openWithBob();
    for (const server of fixture.cluster.servers) refuses(server, GrpcCode.INVALID_ARGUMENT, 'INVALID_FIELD', 'The message is too long.');
    const messageId = fixture.client.send(conversation(fixture), 'much too long');
    await fixture.clock.advance(100);
    expect(fixture.messages(conversation(fixture))).toMatchObject([{ delivery: { status: 'failed' } }]);
    for (const server of fixture.cluster.servers) keepsAlone(fixture, server, 3);
    await fixture.pass(fixture.client.edit(conversation(fixture), messageId, 'short'));
    expect(fixture.messages(conversation(fixture))).toMatchObject([{ text: 'short', delivery: { status: 'stored', stored: 3 } }]);
    expect(edits(fixture)).toEqual([]);
  });
});
