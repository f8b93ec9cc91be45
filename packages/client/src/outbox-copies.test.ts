import { ChatServiceDefinition } from '@parley/proto/chat';
import { ALICE, copiesOf } from '../test/fake-cluster.ts';
import { closeAll } from '../test/fixture.ts';
import { conversation, deliveries, keepsAlone, open, outboxOf, refuses, sentTo } from '../test/outbox-fixture.ts';
import { GrpcCode } from './failure.ts';

const { sendMessage } = ChatServiceDefinition.methods;

afterEach(closeAll);

describe('a message that only one server has', () => {
  test('is shown as stored on 1, and offered to the others until two have it', async () => {
    const fixture = await open();
    const first = fixture.inUse;
    const [second, third] = fixture.others;
    if (!second || !third) throw new Error('there are three');
    for (const server of [second, third]) server.kill();
    keepsAlone(fixture, first);
    const messageId = fixture.client.send(conversation(fixture), 'one copy');
    await fixture.clock.advance(60_000);
    expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 1, replicas: 3, onAllUp: false }]);
    expect(await outboxOf(fixture)).toMatchObject([{ messageId, stored: 1, storedOn: [first.replicaId] }]);
    keepsAlone(fixture, second, 1);
    second.revive();
    await fixture.clock.advance(11_000);
    expect(second.requests(sendMessage)).toMatchObject([{ messageId }]);
    expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 2, replicas: 3, onAllUp: false }]);
    expect(await outboxOf(fixture)).toEqual([]);
    expect(fixture.inUse).toBe(first);
    expect(sentTo(first)).toEqual(['one copy']);
  });

  test('[A10] is not on all where the second server tells of fewer servers: the first may be the one that was removed', async () => {
    const fixture = await open();
    const first = fixture.inUse;
    for (const server of fixture.others) server.kill();
    keepsAlone(fixture, first);
    fixture.client.send(conversation(fixture), 'one copy');
    await fixture.clock.advance(100);
    for (const server of fixture.others) {
      server.on(sendMessage, (request) => ({
        message: fixture.cluster.message({ messageId: request.messageId, text: request.text, senderId: ALICE.accountId, conversationId: conversation(fixture) }),
        copies: copiesOf(1, 2),
        seen: fixture.cluster.cursor(),
      }));
      server.revive();
    }
    await fixture.clock.advance(20_000);
    expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 2, replicas: 3, onAllUp: false }]);
  });

  test('does not hold later ones', async () => {
    const fixture = await open();
    const first = fixture.inUse;
    for (const server of fixture.others) server.freeze();
    keepsAlone(fixture, first);
    for (const text of ['1', '2', '3']) fixture.client.send(conversation(fixture), text);
    await fixture.clock.advance(100);
    expect(sentTo(first)).toEqual(['1', '2', '3']);
    expect(deliveries(fixture)).toMatchObject([{ stored: 1 }, { stored: 1 }, { stored: 1 }]);
  });

  test('goes to the next server before any later one: each is given them in order', async () => {
    const fixture = await open();
    const first = fixture.inUse;
    for (const server of fixture.others) server.freeze();
    keepsAlone(fixture, first);
    for (const text of ['1', '2']) fixture.client.send(conversation(fixture), text);
    await fixture.clock.advance(100);
    first.kill();
    for (const text of ['3', '4']) fixture.client.send(conversation(fixture), text);
    await fixture.clock.advance(100);
    for (const server of fixture.allBut(first)) server.revive();
    await fixture.clock.advance(20_000);
    const next = fixture.allBut(first).filter((server) => sentTo(server).length > 0);
    expect(next.length).toBeGreaterThan(0);
    for (const server of next) expect(sentTo(server)).toEqual([...sentTo(server)].sort());
    expect(deliveries(fixture).every((delivery) => delivery?.status === 'stored')).toBe(true);
    expect(await outboxOf(fixture)).toEqual([]);
  });

  test('stays stored although another server refuses it', async () => {
    const fixture = await open();
    const first = fixture.inUse;
    keepsAlone(fixture, first);
    for (const server of fixture.others) refuses(server, GrpcCode.NOT_FOUND, 'ACCOUNT_NOT_FOUND');
    fixture.client.send(conversation(fixture), 'kept');
    await fixture.clock.advance(10_000);
    expect(deliveries(fixture)).toEqual([{ status: 'stored', stored: 1, replicas: 3, onAllUp: false }]);
    for (const server of fixture.others) expect(sentTo(server)).toEqual(['kept']);
  });

  test('is offered again after a reload', async () => {
    const fixture = await open();
    const first = fixture.inUse;
    for (const server of fixture.others) server.kill();
    keepsAlone(fixture, first);
    const messageId = fixture.client.send(conversation(fixture), 'one copy');
    await fixture.clock.advance(100);
    await fixture.client.close();
    const next = await fixture.again().live();
    for (const server of fixture.cluster.servers) server.revive();
    await next.clock.advance(20_000);
    const others = fixture.cluster.servers.filter((server) => server !== first);
    expect(others.flatMap((server) => server.requests(sendMessage))).toMatchObject([{ messageId }]);
    expect(await outboxOf(next)).toEqual([]);
  });

  test('leaves the outbox where the cluster has only one server', async () => {
    const fixture = await open();
    fixture.inUse.on(sendMessage, (request) => ({ message: fixture.cluster.message({ messageId: request.messageId }), copies: copiesOf(1, 1), seen: fixture.cluster.cursor() }));
    fixture.client.send(conversation(fixture), 'alone');
    await fixture.clock.advance(100);
    expect(await outboxOf(fixture)).toEqual([]);
  });
});
