import { ChatServiceDefinition } from '@parley/proto/chat';
import { ALICE, copiesOf } from '../test/fake-cluster.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { changePassword, createAccount, deleteAccount, listAccounts, logIn, logOut } = ChatServiceDefinition.methods;

afterEach(closeAll);

/** Starts something that is expected to fail, and tells how. */
async function failure(fixture: Fixture, work: Promise<unknown>): Promise<unknown> {
  let error: unknown;
  work.catch((reason: unknown) => {
    error = reason;
  });
  await fixture.clock.until(() => error !== undefined);
  return error;
}

async function done(fixture: Fixture, work: Promise<unknown>): Promise<void> {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  work.then(end, end);
  await fixture.clock.until(() => ended);
  await work;
}

describe('a session', () => {
  test('is kept: the next start is signed in without a call', async () => {
    const fixture = await new Fixture().signIn();
    await fixture.client.close();
    const before = fixture.cluster.servers.map((server) => server.requests(logIn).length);
    const next = fixture.again();
    await next.client.ready;
    expect(next.snapshot.session).toEqual({ status: 'signed-in', accountId: ALICE.accountId, username: 'alice' });
    await next.live();
    expect(fixture.cluster.servers.map((server) => server.requests(logIn).length)).toEqual(before);
  });

  test('that has expired is over', async () => {
    const fixture = await new Fixture().signIn();
    await fixture.client.close();
    fixture.clock.wallShiftMs = 86_400_000;
    const next = fixture.again();
    await next.client.ready;
    expect(next.snapshot.session).toMatchObject({ status: 'signed-out', reason: expect.stringContaining('Sign in again') });
    expect(await next.storage.get('session')).toBeUndefined();
  });

  test('that cannot be read is as good as none', async () => {
    const fixture = new Fixture();
    await fixture.storage.set('session', '{"token":1}');
    await fixture.client.ready;
    expect(fixture.snapshot.session).toEqual({ status: 'signed-out', reason: undefined });
  });

  test('that any call is refused with is over, with the server\'s reason', async () => {
    const fixture = await new Fixture().signIn();
    fixture.inUse.on(listAccounts, () => {
      throw refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID', 'All sessions were ended. Sign in again.');
    });
    expect(await failure(fixture, fixture.client.searchAccounts('b'))).toMatchObject({ reason: 'SESSION_INVALID' });
    expect(fixture.snapshot.session).toEqual({ status: 'signed-out', reason: 'All sessions were ended. Sign in again.' });
    expect(fixture.snapshot.connection).toEqual({ status: 'idle' });
    expect(fixture.streams).toEqual([]);
    expect(await fixture.storage.get('session')).toBeUndefined();
  });

  test('a token that several calls are refused with at once ends the session once, with a reason for each', async () => {
    const fixture = await new Fixture().signIn();
    fixture.inUse.on(listAccounts, () => {
      throw refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID', 'All sessions were ended. Sign in again.');
    });
    const get = fixture.storage.get.bind(fixture.storage);
    fixture.storage.get = async (key) => {
      await new Promise<void>((resolve) => {
        fixture.clock.setTimeout(resolve, 50);
      });
      return get(key);
    };
    const refused = { reason: 'SESSION_INVALID', message: 'All sessions were ended. Sign in again.' };
    const failures = Promise.all(['a', 'b'].map((pattern) => failure(fixture, fixture.client.searchAccounts(pattern))));
    expect(await failures).toMatchObject([refused, refused]);
    expect(fixture.snapshot.session).toEqual({ status: 'signed-out', reason: refused.message });
  });
});

test('signing in again as the same account goes on with the new token; nothing goes from the screen', async () => {
  const fixture = await new Fixture().signIn();
  fixture.fill(1);
  await fixture.pass(fixture.client.openConversation('c'));
  for (const server of fixture.cluster.servers) server.on(logIn, () => ({ account: ALICE, sessionToken: 'token-2', expiresAtMs: fixture.clock.now() + 1_000_000, seen: new Uint8Array() }));
  await fixture.pass(fixture.client.logIn('alice', 'correct horse'));
  expect(fixture.messages('c')).toHaveLength(1);
  await fixture.pass(fixture.client.searchAccounts('b'));
  expect(fixture.inUse.calls.at(-1)?.token).toBe('token-2');
});

test('wrong credentials are told, and nobody is signed out by them', async () => {
  const fixture = new Fixture();
  for (const server of fixture.cluster.servers) {
    server.on(logIn, () => {
      throw refusal(GrpcCode.UNAUTHENTICATED, 'WRONG_CREDENTIALS', 'Unknown username or wrong password. Try again.');
    });
  }
  expect(await failure(fixture, fixture.client.logIn('alice', 'wrong horse'))).toMatchObject({ reason: 'WRONG_CREDENTIALS', message: 'Unknown username or wrong password. Try again.' });
  expect(fixture.snapshot.session).toEqual({ status: 'signed-out', reason: undefined });
});

describe('signing out', () => {
  test('forgets what is kept here, without a call', async () => {
    const fixture = await new Fixture().signIn();
    fixture.client.send(fixture.client.conversationWith(ALICE.accountId), 'note');
    await done(fixture, fixture.client.logOut());
    expect(fixture.snapshot).toMatchObject({ session: { status: 'signed-out', reason: undefined }, connection: { status: 'idle' }, conversations: undefined, accounts: [] });
    expect(await fixture.storage.get('session')).toBeUndefined();
    expect(await fixture.storage.get(`outbox:${ALICE.accountId}`)).toBeUndefined();
    expect(fixture.cluster.servers.flatMap((server) => server.requests(logOut))).toEqual([]);
    await fixture.clock.advance(10_000);
    expect(fixture.streams).toEqual([]);
  });

  test('everywhere asks a server first', async () => {
    const fixture = await new Fixture().signIn();
    await done(fixture, fixture.client.logOut(true));
    expect(fixture.cluster.servers.flatMap((server) => server.requests(logOut))).toMatchObject([{ everywhere: true }]);
    expect(fixture.snapshot.session.status).toBe('signed-out');
  });

  test('everywhere, while no server answers, keeps the session', async () => {
    const fixture = await new Fixture().signIn();
    for (const server of fixture.cluster.servers) server.kill();
    expect(await failure(fixture, fixture.client.logOut(true))).toMatchObject({ reason: 'UNREACHABLE' });
    expect(fixture.snapshot.session.status).toBe('signed-in');
  });

  test('leaves no call of the old account to the next one', async () => {
    const fixture = await new Fixture().signIn();
    const late = failure(fixture, fixture.client.openConversation('c'));
    const bob = { accountId: 'bobbbbbbbbbbbbbbbbbbbbbbbb', username: 'bob', deleted: false };
    for (const server of fixture.cluster.servers) {
      server.on(logIn, () => ({ account: bob, sessionToken: 'token-of-bob', expiresAtMs: fixture.clock.now() + 1_000_000, seen: new Uint8Array() }));
    }
    fixture.inUse.latencyMs = 100;
    void fixture.client.logOut().then(() => fixture.client.logIn('bob', 'correct horse'));
    expect(await late).toMatchObject({ reason: 'CANCELLED' });
    await fixture.live();
    expect(fixture.snapshot.session).toMatchObject({ username: 'bob' });
    expect(fixture.snapshot.timelines.size).toBe(0);
  });
});

describe('creating an account', () => {
  test('signs in; a lost answer is found again with the same nonce on the next server', async () => {
    const fixture = new Fixture();
    await fixture.clock.advance(50);
    const first = fixture.inUse;
    first.latencyMs = 100;
    const work = fixture.client.createAccount('alice', 'correct horse');
    await fixture.clock.until(() => first.requests(createAccount).length === 1);
    first.kill();
    await done(fixture, work);
    expect(fixture.snapshot.session).toMatchObject({ status: 'signed-in', username: 'alice' });
    const nonces = fixture.cluster.servers.flatMap((server) => server.requests(createAccount)).map((request) => Buffer.from(request.nonce).toString('hex'));
    expect(nonces).toHaveLength(2);
    expect(new Set(nonces).size).toBe(1);
    expect(nonces[0]).toHaveLength(64);
  });

  test('waits for argon2 on a slow machine', async () => {
    const fixture = new Fixture();
    await fixture.clock.advance(50);
    for (const server of fixture.cluster.servers) server.latencyMs = 7_000;
    await done(fixture, fixture.client.createAccount('alice', 'correct horse'));
    expect(fixture.cluster.servers.flatMap((server) => server.requests(createAccount))).toHaveLength(1);
  });

  test('trying again after no answer uses the same nonce, after a refusal of the name another', async () => {
    const fixture = new Fixture();
    await fixture.clock.advance(50);
    for (const server of fixture.cluster.servers) server.kill();
    expect(await failure(fixture, fixture.client.createAccount('alice', 'correct horse'))).toMatchObject({ reason: 'UNREACHABLE' });
    for (const server of fixture.cluster.servers) {
      server.revive();
      server.on(createAccount, () => {
        throw refusal(GrpcCode.ALREADY_EXISTS, 'USERNAME_TAKEN', 'That name is taken. Choose another.');
      });
    }
    expect(await failure(fixture, fixture.client.createAccount('alice', 'correct horse'))).toMatchObject({ reason: 'USERNAME_TAKEN' });
    expect(await failure(fixture, fixture.client.createAccount('alice', 'correct horse'))).toMatchObject({ reason: 'USERNAME_TAKEN' });
    const nonces = fixture.cluster.servers.flatMap((server) => server.calls).filter((call) => call.method === createAccount.name).sort((a, b) => a.at - b.at)
      .map((call) => (call.request as { nonce: Uint8Array }).nonce[3]);
    expect(nonces).toEqual([1, 2]);
  });
});

describe('changing the password', () => {
  test('goes on with the new token, on the stream too', async () => {
    const fixture = await new Fixture().signIn();
    await done(fixture, fixture.client.changePassword('correct horse', 'battery staple'));
    await fixture.clock.advance(100);
    expect(fixture.stream.token).toBe('token-2');
    await done(fixture, fixture.client.searchAccounts('b'));
    expect(fixture.inUse.calls.at(-1)?.token).toBe('token-2');
    await fixture.client.close();
    const next = await fixture.again().live();
    expect(next.stream.token).toBe('token-2');
  });

  test('a call that is refused with the old token meanwhile does not sign out', async () => {
    const fixture = await new Fixture().signIn();
    const server = fixture.inUse;
    server.on(listAccounts, () => {
      if (server.calls.at(-1)?.token !== 'token-2') throw refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID');
      return { accounts: [], nextPageToken: '', seen: new Uint8Array(), behind: false };
    });
    server.latencyMs = 100;
    const change = fixture.client.changePassword('correct horse', 'battery staple');
    const search = fixture.client.searchAccounts('b');
    fixture.stream.end(refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID'));
    await done(fixture, Promise.all([change, search]));
    await fixture.live();
    expect(fixture.snapshot.session.status).toBe('signed-in');
    expect(fixture.stream.token).toBe('token-2');
  });

  test('with a wrong old password is refused, and the session stays', async () => {
    const fixture = await new Fixture().signIn();
    fixture.inUse.on(changePassword, () => {
      throw refusal(GrpcCode.PERMISSION_DENIED, 'WRONG_PASSWORD', 'The current password is wrong. Try again.');
    });
    expect(await failure(fixture, fixture.client.changePassword('wrong', 'battery staple'))).toMatchObject({ reason: 'WRONG_PASSWORD' });
    expect(fixture.snapshot.session.status).toBe('signed-in');
  });

  test('is not repeated when the answer is lost: people are told what to do', async () => {
    const fixture = await new Fixture().signIn();
    const first = fixture.inUse;
    first.latencyMs = 100;
    const work = fixture.client.changePassword('correct horse', 'battery staple');
    const outcome = failure(fixture, work);
    await fixture.clock.until(() => first.requests(changePassword).length === 1);
    first.kill();
    expect(await outcome).toMatchObject({ reason: 'OUTCOME_UNKNOWN', message: expect.stringContaining('sign in with the new password') });
    await fixture.clock.advance(1_000);
    expect(fixture.cluster.servers.flatMap((server) => server.requests(changePassword))).toHaveLength(1);
  });

  test('goes to the next server when the first is dead', async () => {
    const fixture = await new Fixture().signIn();
    fixture.inUse.kill();
    await done(fixture, fixture.client.changePassword('correct horse', 'battery staple'));
    expect(fixture.cluster.servers.flatMap((server) => server.requests(changePassword))).toHaveLength(1);
  });
});

describe('deleting the account', () => {
  test('signs out and forgets what is kept here', async () => {
    const fixture = await new Fixture().signIn();
    await done(fixture, fixture.client.deleteAccount('alice', 'correct horse'));
    expect(fixture.snapshot.session).toEqual({ status: 'signed-out', reason: undefined });
    expect(await fixture.storage.get('session')).toBeUndefined();
    expect(fixture.cluster.servers.flatMap((server) => server.requests(deleteAccount))).toMatchObject([{ username: 'alice' }]);
  });

  test('deleting the account: the stream may tell of it before the answer does', async () => {
    const fixture = await new Fixture().signIn();
    const { inUse, stream } = fixture;
    inUse.on(deleteAccount, () => {
      stream.end(refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID', 'This account was deleted.'));
      return { copies: copiesOf(3, 3), seen: fixture.cluster.cursor() };
    });
    await done(fixture, fixture.client.deleteAccount('alice', 'correct horse'));
    expect(fixture.snapshot.session).toMatchObject({ status: 'signed-out' });
  });

  test('that is refused leaves the session', async () => {
    const fixture = await new Fixture().signIn();
    fixture.inUse.on(deleteAccount, () => {
      throw refusal(GrpcCode.PERMISSION_DENIED, 'WRONG_PASSWORD');
    });
    expect(await failure(fixture, fixture.client.deleteAccount('alice', 'wrong'))).toMatchObject({ reason: 'WRONG_PASSWORD' });
    expect(fixture.snapshot.session.status).toBe('signed-in');
  });
});

test('sending while signed out is refused in words', () => {
  const fixture = new Fixture();
  expect(() => fixture.client.send('c', 'hello')).toThrow('Sign in');
});
