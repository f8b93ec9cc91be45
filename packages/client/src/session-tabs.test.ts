import { ChatServiceDefinition } from '@parley/proto/chat';
import { ALICE, BOB } from '../test/fake-cluster.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { listAccounts } = ChatServiceDefinition.methods;

// Two clients on one storage are two tabs of a browser.

afterEach(closeAll);

test('a token that the other tab has replaced is exchanged for the new one', async () => {
  const fixture = await new Fixture().signIn();
  const other = await fixture.again().live();
  await fixture.pass(other.client.changePassword('correct horse', 'battery staple'));
  for (const server of fixture.cluster.servers) {
    server.on(listAccounts, (_request, token) => {
      if (token !== 'token-2') throw refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID');
      return { accounts: [ALICE], nextPageToken: '', seen: new Uint8Array(), behind: false };
    });
  }
  await fixture.pass(fixture.client.searchAccounts('a'));
  for (const stream of fixture.streams.filter(({ token }) => token !== 'token-2')) stream.end(refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID'));
  await fixture.clock.until(() => fixture.streams.length === 2);
  expect(fixture.streams.map(({ token }) => token)).toEqual(['token-2', 'token-2']);
  expect(fixture.snapshot.session.status).toBe('signed-in');
});

test('the session of another account is not taken over, and not removed', async () => {
  const fixture = await new Fixture().signIn();
  const bobs = JSON.stringify({ token: 'token-of-bob', expiresAt: fixture.clock.now() + 1_000_000, accountId: BOB.accountId, username: 'bob' });
  await fixture.storage.set('session', bobs);
  fixture.stream.end(refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID', 'All sessions were ended. Sign in again.'));
  await fixture.clock.advance(100);
  expect(fixture.snapshot.session).toEqual({ status: 'signed-out', reason: 'All sessions were ended. Sign in again.' });
  expect(await fixture.storage.get('session')).toBe(bobs);
});

test('signing out leaves the session that the other tab has begun since', async () => {
  const fixture = await new Fixture().signIn();
  const later = JSON.stringify({ token: 'later', expiresAt: fixture.clock.now() + 1_000_000, accountId: ALICE.accountId, username: 'alice' });
  await fixture.storage.set('session', later);
  await fixture.pass(fixture.client.logOut());
  expect(fixture.snapshot.session.status).toBe('signed-out');
  expect(await fixture.storage.get('session')).toBe(later);
});
