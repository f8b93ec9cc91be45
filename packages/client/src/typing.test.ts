import { ChatServiceDefinition } from '@parley/proto/chat';
import { BOB } from '../test/fake-cluster.ts';
import { closeAll, Fixture } from '../test/fixture.ts';

const { listConversations, sendTyping } = ChatServiceDefinition.methods;

afterEach(closeAll);

const bytes = (name: string): Uint8Array => new TextEncoder().encode(name);

describe('typing', () => {
  test('is told at most every 3 s, and again at once after a message', async () => {
    const fixture = await new Fixture().signIn();
    const told = (): number => fixture.inUse.requests(sendTyping).length;
    const id = fixture.client.conversationWith(BOB.accountId);
    for (let turn = 0; turn < 50; turn++) {
      fixture.client.typing(id);
      await fixture.clock.advance(100);
    }
    expect(told()).toBe(2);
    fixture.client.send(id, 'done');
    fixture.client.typing(id);
    await fixture.clock.advance(50);
    expect(told()).toBe(3);
  });

  test('of the other one is shown for 5 s, or until the message is there', async () => {
    const fixture = new Fixture();
    for (const server of fixture.cluster.servers) {
      server.on(listConversations, () => ({ conversations: [{ conversationId: 'c', others: [BOB], lastMessage: undefined, unreadCount: 0 }], nextPageToken: '', seen: bytes('s'), behind: false }));
    }
    await fixture.signIn();
    const typing = (): boolean | undefined => fixture.snapshot.conversations?.[0]?.typing;
    const send = (update: Parameters<typeof fixture.stream.send>[0]) => fixture.stream.send(update);
    const heard = { $case: 'delta' as const, value: { updates: [{ update: { $case: 'typing' as const, value: { conversationId: 'c', accountId: BOB.accountId } } }], resume: bytes('') } };
    send(heard);
    expect(typing()).toBe(true);
    await fixture.clock.advance(4_000);
    send(heard);
    await fixture.clock.advance(4_900);
    expect(typing()).toBe(true);
    await fixture.clock.advance(200);
    expect(typing()).toBe(false);
    send(heard);
    expect(typing()).toBe(true);
    send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: fixture.cluster.message({}) } }], resume: bytes('r') } });
    expect(typing()).toBe(false);
  });
});
