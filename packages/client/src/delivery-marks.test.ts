import { ChatServiceDefinition, type MarkDeliveredRequest, Receipt } from '@parley/proto/chat';
import { ALICE, BOB } from '../test/fake-cluster.ts';
import { closeAll, Fixture } from '../test/fixture.ts';

const { listConversations, markDelivered } = ChatServiceDefinition.methods;

afterEach(closeAll);

const bytes = (name: string): Uint8Array => new TextEncoder().encode(name);
const marks = (fixture: Fixture): MarkDeliveredRequest[] => fixture.cluster.servers.flatMap((server) => server.requests(markDelivered));
const deliver = (fixture: Fixture, resume: string, ...texts: string[]) => {
  const updates = texts.map((text) => ({ update: { $case: 'message' as const, value: fixture.cluster.message({ text, unread: true }) } }));
  fixture.stream.send({ $case: 'delta', value: { updates, resume: bytes(resume) } });
};
/** Somebody with a conversation with Bob, in which so much is unread that no message of it is here. */
const signedIn = async (unreadCount = 0) => {
  const fixture = new Fixture();
  for (const server of fixture.cluster.servers) {
    server.on(listConversations, () => ({ conversations: [{ conversationId: 'c', others: [BOB], lastMessage: undefined, unreadCount }], nextPageToken: '', seen: bytes('s'), behind: false }));
  }
  return fixture.signIn();
};

describe('[I2] what comes', () => {
  test('is told as delivered, two seconds later and once for all that came, with the newest `resume`', async () => {
    const fixture = await signedIn();
    deliver(fixture, 'r1', 'one');
    await fixture.clock.advance(1_500);
    deliver(fixture, 'r2', 'two');
    expect(marks(fixture)).toEqual([]);
    await fixture.clock.advance(600);
    expect(marks(fixture)).toMatchObject([{ conversationIds: ['c'], resume: Buffer.from('r2') }]);
    fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('r3') } });
    await fixture.clock.advance(10_000);
    expect(marks(fixture)).toHaveLength(1);
  });

  test('is not told as delivered where it was read meanwhile', async () => {
    const fixture = await signedIn();
    deliver(fixture, 'r1', 'one');
    await fixture.pass(fixture.client.markRead('c'));
    await fixture.clock.advance(10_000);
    expect(marks(fixture)).toEqual([]);
  });

  test('is not told as delivered where only a list says that it is there', async () => {
    const fixture = await signedIn(3);
    await fixture.clock.advance(10_000);
    expect(marks(fixture)).toEqual([]);
  });

  test('is told again with what comes next where no server took it', async () => {
    const fixture = await signedIn();
    for (const server of fixture.cluster.servers) server.on(markDelivered, () => { throw new Error('no'); });
    deliver(fixture, 'r1', 'one');
    await fixture.clock.advance(15_000);
    for (const server of fixture.cluster.servers) server.on(markDelivered, () => ({ seen: bytes('s') }));
    const before = marks(fixture).length;
    deliver(fixture, 'r2', 'two');
    await fixture.clock.advance(3_000);
    expect(marks(fixture).slice(before)).toMatchObject([{ conversationIds: ['c'], resume: Buffer.from('r2') }]);
  });
});

describe('[I2] a message of one’s own', () => {
  const own = (fixture: Fixture, createdSeq: number, receipt: Receipt = Receipt.RECEIPT_UNSPECIFIED) =>
    fixture.cluster.message({ senderId: ALICE.accountId, text: `${createdSeq}`, createdSeq, receipt });
  const mark = (fixture: Fixture, receipt: Receipt, seq: number) =>
    fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'receipt', value: { conversationId: 'c', receipt, upTo: [{ origin: 1, seq }] } } }], resume: bytes('r') } });
  const receipts = (fixture: Fixture) => fixture.messages('c').map(({ receipt }) => receipt);

  test('is delivered, then read, as far as marks reach, in whatever order they and it come', async () => {
    const fixture = await signedIn();
    await fixture.pass(fixture.client.openConversation('c'));
    for (const seq of [1, 2]) fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: own(fixture, seq) } }], resume: bytes('r') } });
    expect(receipts(fixture)).toEqual([undefined, undefined]);
    mark(fixture, Receipt.RECEIPT_DELIVERED, 3);
    expect(receipts(fixture)).toEqual(['delivered', 'delivered']);
    mark(fixture, Receipt.RECEIPT_READ, 1);
    expect(receipts(fixture)).toEqual(['read', 'delivered']);
    mark(fixture, Receipt.RECEIPT_DELIVERED, 1);
    for (const seq of [3, 4]) fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: own(fixture, seq) } }], resume: bytes('r') } });
    expect(receipts(fixture)).toEqual(['read', 'delivered', 'delivered', undefined]);
  });

  test('does not fall back by the word of a server that knows less', async () => {
    const fixture = await signedIn();
    await fixture.pass(fixture.client.openConversation('c'));
    const read = own(fixture, 7, Receipt.RECEIPT_READ);
    for (const value of [read, { ...read, receipt: Receipt.RECEIPT_DELIVERED }]) fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value } }], resume: bytes('r') } });
    expect(receipts(fixture)).toEqual(['read']);
  });
});
