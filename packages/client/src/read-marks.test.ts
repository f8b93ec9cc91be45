import { ChatServiceDefinition, type MarkReadRequest } from '@parley/proto/chat';
import { closeAll, Fixture } from '../test/fixture.ts';

const { listMessages, markRead } = ChatServiceDefinition.methods;

afterEach(closeAll);

const bytes = (name: string): Uint8Array => new TextEncoder().encode(name);
const marks = (fixture: Fixture): MarkReadRequest[] => fixture.cluster.servers.flatMap((server) => server.requests(markRead));

describe('marking as read', () => {
  test('sends the highest `resume` and clears what it covers', async () => {
    const fixture = await new Fixture().signIn();
    fixture.fill(3, () => ({ unread: true }));
    await fixture.pass(fixture.client.openConversation('c'));
    fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('r5') } });
    await fixture.pass(fixture.client.markRead('c'));
    expect(marks(fixture)).toMatchObject([{ conversationId: 'c', resume: Buffer.from('r5') }]);
    expect(fixture.messages('c').map((message) => message.unread)).toEqual([false, false, false]);
  });

  test('leaves unread what arrives meanwhile', async () => {
    const fixture = await new Fixture().signIn();
    fixture.fill(1, () => ({ unread: true }));
    await fixture.pass(fixture.client.openConversation('c'));
    fixture.inUse.latencyMs = 100;
    const mark = fixture.client.markRead('c');
    await fixture.clock.advance(10);
    const value = fixture.cluster.message({ text: '2', unread: true });
    fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value } }], resume: bytes('r') } });
    await Promise.all([mark, fixture.clock.advance(200)]);
    expect(fixture.messages('c').map((message) => message.unread)).toEqual([false, true]);
  });

  test('happens at most once a second for each conversation', async () => {
    const fixture = await new Fixture().signIn();
    await fixture.clock.advance(50);
    for (let turn = 0; turn < 30; turn++) {
      void fixture.client.markRead('c');
      void fixture.client.markRead('d');
      await fixture.clock.advance(100);
    }
    await fixture.clock.advance(1_000);
    const of = (id: string) => marks(fixture).filter((request) => request.conversationId === id).length;
    expect(of('c')).toBeGreaterThanOrEqual(3);
    expect(of('c')).toBeLessThanOrEqual(4);
    expect(of('d')).toBe(of('c'));
  });

  test('waits until the stream has delivered something', async () => {
    const fixture = new Fixture();
    for (const server of fixture.cluster.servers) server.greet = () => undefined;
    void fixture.client.logIn('alice', 'correct horse');
    await fixture.clock.until(() => fixture.streams.length === 1);
    void fixture.client.markRead('c');
    await fixture.clock.advance(1_000);
    expect(marks(fixture)).toEqual([]);
    fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('r1') } });
    await fixture.clock.advance(50);
    expect(marks(fixture)).toHaveLength(1);
  });

  test('where something is left, the messages are loaded again', async () => {
    const fixture = await new Fixture().signIn();
    fixture.fill(2, (number) => ({ unread: number === 1 }));
    await fixture.pass(fixture.client.openConversation('c'));
    for (const server of fixture.cluster.servers) server.on(markRead, () => ({ unreadCount: 1, seen: bytes('s') }));
    const before = fixture.inUse.requests(listMessages).length;
    await fixture.pass(fixture.client.markRead('c'));
    expect(fixture.inUse.requests(listMessages)).toHaveLength(before + 1);
    expect(fixture.messages('c').map((message) => message.unread)).toEqual([true, false]);
  });
});
