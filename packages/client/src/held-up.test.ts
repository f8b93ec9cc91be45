import { ChatServiceDefinition } from '@parley/proto/chat';
import { ALICE, copiesOf } from '../test/fake-cluster.ts';
import { type FakeServer, refusal } from '../test/fake-server.ts';
import { closeAll, type Fixture } from '../test/fixture.ts';
import { conversation, open, refuses, sentTo, deliveries, keepsAlone } from '../test/outbox-fixture.ts';
import { GrpcCode } from './failure.ts';

const { sendMessage } = ChatServiceDefinition.methods;

afterEach(closeAll);

/** A server that lacks the conversation `far`: it was made on one that is dead. */
function lacksFar(fixture: Fixture, server: FakeServer): void {
  server.on(sendMessage, ({ messageId, text, to }) => {
    if (to?.$case === 'conversationId' && to.value === 'far') throw refusal(GrpcCode.UNAVAILABLE, 'NOT_HERE');
    const message = fixture.cluster.message({ messageId, text, senderId: ALICE.accountId, conversationId: to?.$case === 'conversationId' ? to.value : conversation(fixture) });
    return { message, copies: copiesOf(3, 3), seen: fixture.cluster.cursor() };
  });
}

const taken = (fixture: Fixture): string[] => fixture.cluster.servers.flatMap(sentTo);

test('[Y1] a message that no server can take now holds up its own conversation alone', async () => {
  const fixture = await open();
  for (const server of fixture.cluster.servers) lacksFar(fixture, server);
  fixture.client.send('far', 'far 1');
  await fixture.clock.advance(2_000);
  const started = fixture.clock.now();
  fixture.client.send('far', 'far 2');
  fixture.client.send('near', 'near 1');
  await fixture.clock.until(() => taken(fixture).includes('near 1'));
  expect(fixture.clock.now() - started).toBeLessThan(50);
  expect(taken(fixture)).not.toContain('far 2');
  // The server that has it comes back: in order.
  await fixture.clock.advance(10_000);
  keepsAlone(fixture, fixture.cluster.server(3), 3);
  await fixture.clock.until(() => sentTo(fixture.cluster.server(3)).includes('far 2'), 20_000);
  expect(sentTo(fixture.cluster.server(3)).filter((text) => text.startsWith('far')).slice(-2)).toEqual(['far 1', 'far 2']);
});

test('it is tried again with a backoff, not at each message that is sent meanwhile', async () => {
  const fixture = await open();
  for (const server of fixture.cluster.servers) lacksFar(fixture, server);
  fixture.client.send('far', 'far');
  for (let second = 0; second < 60; second++) {
    fixture.client.send('near', `near ${second}`);
    await fixture.clock.advance(1_000);
  }
  const tries = taken(fixture).filter((text) => text === 'far').length;
  expect(tries).toBeGreaterThan(20);
  expect(tries).toBeLessThan(100);
  expect(taken(fixture).filter((text) => text.startsWith('near'))).toHaveLength(60);
});

test('what was refused for good is sent once more by `retry`, after what was sent since', async () => {
  const fixture = await open();
  for (const server of fixture.cluster.servers) refuses(server, GrpcCode.PERMISSION_DENIED, 'BLOCKED', 'You are blocked.');
  const messageId = fixture.client.send(conversation(fixture), 'please');
  await fixture.clock.advance(50);
  for (const server of fixture.cluster.servers) keepsAlone(fixture, server, 3);
  fixture.client.send(conversation(fixture), 'later');
  await fixture.clock.advance(50);
  fixture.client.retry(messageId);
  await fixture.clock.advance(50);
  expect(fixture.messages(conversation(fixture)).map(({ text }) => text)).toEqual(['later', 'please']);
  expect(deliveries(fixture)).toMatchObject([{ status: 'stored' }, { status: 'stored' }]);
  expect(fixture.inUse.requests(sendMessage).at(-1)).toMatchObject({ messageId, text: 'please' });
});
