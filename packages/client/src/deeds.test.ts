import { ChatServiceDefinition, type DeleteMessagesRequest } from '@parley/proto/chat';
import { ALICE } from '../test/fake-cluster.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { deleteMessages, markRead } = ChatServiceDefinition.methods;

afterEach(closeAll);

const texts = (fixture: Fixture): string[] => fixture.messages('c').map((message) => message.text);
/** As they came, whichever server they came to. */
const deletions = (fixture: Fixture): DeleteMessagesRequest[] =>
  fixture.cluster.servers.flatMap((server) => server.calls.filter(({ method }) => method === deleteMessages.name)).sort((a, b) => a.at - b.at).map(({ request }) => request as DeleteMessagesRequest);
const kept = async (fixture: Fixture): Promise<unknown> => JSON.parse((await fixture.storage.get(`deeds:${ALICE.accountId}`)) ?? '[]');

/** Signed in, with a conversation of three messages open. */
async function open() {
  const fixture = await new Fixture().signIn();
  const messages = fixture.fill(3, () => ({ unread: true }));
  await fixture.pass(fixture.client.openConversation('c'));
  return { fixture, messages };
}

/** The next start on the same device, most of a day later. */
async function reload(fixture: Fixture): Promise<Fixture> {
  await fixture.client.close();
  await fixture.clock.advance(20 * 3_600_000);
  const next = fixture.again();
  await next.clock.advance(50);
  return next;
}

async function kill(fixture: Fixture): Promise<void> {
  for (const server of fixture.cluster.servers) server.kill();
  await fixture.clock.advance(10);
}

function revive(fixture: Fixture): void {
  for (const server of fixture.cluster.servers) server.revive();
}

describe('[Y2] deletions and read marks', () => {
  test('where no server answers say that they are kept, stay as if done, and are done after a reload, hours later', async () => {
    const { fixture, messages: [first] } = await open();
    if (!first) throw new Error('there is one');
    await kill(fixture);
    const deletion = expect(fixture.client.deleteMessages([first], 'for-me')).rejects.toMatchObject({ reason: 'KEPT' });
    const mark = expect(fixture.client.markRead('c')).rejects.toMatchObject({ reason: 'KEPT' });
    await fixture.clock.advance(25_000);
    await Promise.all([deletion, mark]);
    expect(texts(fixture)).toEqual(['2', '3']);
    const next = await reload(fixture);
    for (const server of next.cluster.servers) {
      server.on(deleteMessages, () => {
        throw refusal(GrpcCode.UNAVAILABLE, 'NOT_HERE');
      });
    }
    revive(next);
    await next.live();
    await next.pass(next.client.openConversation('c'));
    expect(texts(next)).toEqual(['2', '3']);
    for (const server of next.cluster.servers) server.on(deleteMessages, () => ({ copies: undefined, seen: next.cluster.cursor() }));
    await next.clock.advance(20_000);
    expect(await kept(next)).toEqual([]);
    expect(texts(next)).toEqual(['2', '3']);
    expect(deletions(next).at(-1)).toMatchObject({ messages: [{ messageId: first.messageId }], forEveryone: false, undo: false });
    expect(next.cluster.servers.flatMap((server) => server.requests(markRead))).toHaveLength(1);
  });

  test('are in storage at once: a crash loses none', async () => {
    const { fixture, messages: [first] } = await open();
    if (!first) throw new Error('there is one');
    await kill(fixture);
    fixture.client.deleteMessages([first], 'for-everyone').catch(() => undefined);
    await fixture.clock.advance(0);
    expect(await kept(fixture)).toMatchObject([{ kind: 'delete', how: 'for-everyone', messages: [{ senderId: first.senderId, messageId: first.messageId }] }]);
  });

  test('an undo comes after what it undoes, also where that has to be tried again', async () => {
    const { fixture, messages: [first, second] } = await open();
    if (!first || !second) throw new Error('there are two');
    for (const server of fixture.cluster.servers) {
      server.on(deleteMessages, () => {
        throw refusal(GrpcCode.UNAVAILABLE, 'NOT_HERE');
      });
    }
    for (const how of ['for-me', 'undo'] as const) fixture.client.deleteMessages([first], how).catch(() => undefined);
    fixture.client.deleteMessages([second], 'for-me').catch(() => undefined);
    await fixture.clock.advance(15_000);
    for (const server of fixture.cluster.servers) server.on(deleteMessages, () => ({ copies: undefined, seen: fixture.cluster.cursor() }));
    await fixture.clock.advance(15_000);
    expect(await kept(fixture)).toEqual([]);
    const ofFirst = deletions(fixture).filter(({ messages }) => messages[0]?.messageId === first.messageId).map(({ undo }) => undo);
    expect(ofFirst.indexOf(true)).toBe(ofFirst.lastIndexOf(false) + 1);
    expect(texts(fixture)).toEqual(['1', '3']);
  });

  test('signing out gives them up', async () => {
    const { fixture, messages: [first] } = await open();
    if (!first) throw new Error('there is one');
    await kill(fixture);
    const outcome = expect(fixture.client.deleteMessages([first], 'for-me')).rejects.toMatchObject({ reason: 'CANCELLED' });
    await fixture.pass(fixture.client.logOut());
    await outcome;
    expect(await kept(fixture)).toEqual([]);
  });

  test('a mark takes the place of an earlier one of its conversation that waits', async () => {
    const { fixture } = await open();
    await kill(fixture);
    const marks = [fixture.client.markRead('c').catch(() => 'kept')];
    await fixture.clock.advance(1_500);
    marks.push(fixture.client.markRead('c').catch(() => 'kept'));
    await fixture.clock.advance(1_500);
    expect(await kept(fixture)).toHaveLength(1);
    revive(fixture);
    await fixture.live();
    await fixture.clock.advance(10_000);
    await Promise.all(marks);
    expect(fixture.messages('c').map(({ unread }) => unread)).toEqual([false, false, false]);
  });
});
