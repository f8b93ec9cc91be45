import { ChatServiceDefinition } from '@parley/proto/chat';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { listMessages } = ChatServiceDefinition.methods;

afterEach(closeAll);

/** The stream brings another token; from then on servers refuse the first one. */
async function rotate(fixture: Fixture): Promise<void> {
  fixture.stream.send({ $case: 'newToken', value: { sessionToken: 'under the new secret', expiresAtMs: fixture.clock.now() + 1_000_000 } });
  await fixture.clock.advance(1);
  for (const server of fixture.cluster.servers) {
    server.on(listMessages, (_, token) => {
      if (token !== 'under the new secret') throw refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID');
      return { messages: [], more: false, seen: fixture.cluster.cursor(), behind: false };
    });
  }
}

test('[D4] a token that the stream brings is used from then on, by calls, the next stream, and the next start', async () => {
  const fixture = await new Fixture().signIn();
  await rotate(fixture);
  await fixture.pass(fixture.client.openConversation('c'));
  fixture.inUse.kill();
  await fixture.clock.advance(1_000);
  expect(fixture.stream.token).toBe('under the new secret');
  await fixture.client.close();
  const again = fixture.again();
  await again.live();
  expect(again.stream.token).toBe('under the new secret');
  expect(again.snapshot.session.status).toBe('signed-in');
});

test('the session of another account that another tab has kept stays there', async () => {
  const fixture = await new Fixture().signIn();
  const other = JSON.stringify({ token: 't', expiresAt: 9e15, accountId: 'another account', username: 'bob' });
  await fixture.storage.set('session', other);
  await rotate(fixture);
  await fixture.pass(fixture.client.openConversation('c'));
  expect(await fixture.storage.get('session')).toBe(other);
});
