import { ChatServiceDefinition } from '@parley/proto/chat';
import { ALICE, BOB } from '../test/fake-cluster.ts';
import { closeAll, Fixture } from '../test/fixture.ts';

const { getAccount } = ChatServiceDefinition.methods;

afterEach(closeAll);

const LATER = { ...ALICE, username: 'alice~alic' };

/** The stream tells the signed-in account's name. */
async function rename(fixture: Fixture, account: typeof ALICE): Promise<void> {
  fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'account', value: account } }], resume: fixture.cluster.cursor() } });
  await fixture.clock.advance(10);
}

describe('[U2] the name of somebody who claimed it later', () => {
  test('is shown from then on, and told once: not after it was dismissed, here or after the next start', async () => {
    const fixture = await new Fixture().signIn();
    expect(fixture.snapshot.sharedName).toBeUndefined();
    await rename(fixture, LATER);
    expect(fixture.snapshot.session).toMatchObject({ status: 'signed-in', username: 'alice~alic' });
    expect(fixture.snapshot.sharedName).toEqual({ shown: 'alice~alic', claimed: 'alice' });
    fixture.client.dismissSharedName();
    await rename(fixture, ALICE);
    await rename(fixture, LATER);
    expect(fixture.snapshot.sharedName).toBeUndefined();
    await fixture.client.close();
    const again = await fixture.again().live();
    await rename(again, LATER);
    expect(again.snapshot.session).toMatchObject({ username: 'alice~alic' });
    expect(again.snapshot.sharedName).toBeUndefined();
  });

  test('is told again after the next start when nobody has dismissed it', async () => {
    const fixture = await new Fixture().signIn();
    await rename(fixture, LATER);
    await fixture.client.close();
    const again = fixture.again();
    await again.clock.until(() => again.snapshot.sharedName !== undefined);
    expect(again.snapshot.session).toMatchObject({ username: 'alice~alic' });
  });

  test('is not told any more when the earlier account is gone, nor when signed out', async () => {
    const fixture = await new Fixture().signIn();
    await rename(fixture, LATER);
    await rename(fixture, ALICE);
    expect([fixture.snapshot.sharedName, fixture.snapshot.session]).toMatchObject([undefined, { username: 'alice' }]);
    await rename(fixture, LATER);
    expect(fixture.snapshot.sharedName).toBeDefined();
    await fixture.pass(fixture.client.logOut());
    expect(fixture.snapshot.sharedName).toBeUndefined();
  });

  test('of others is the plain one as soon as the earlier account is deleted', async () => {
    const fixture = await new Fixture().signIn();
    const [earlier, later] = [{ accountId: 'zoe-1', username: 'Zoe', deleted: false }, { accountId: 'zoe-2', username: 'zoe~zoe2', deleted: false }];
    await rename(fixture, earlier);
    await rename(fixture, later);
    const names = (): string[] => fixture.snapshot.accounts.map(({ username }) => username);
    expect(names()).toEqual(['bob', 'Zoe', 'zoe~zoe2']);
    for (const server of fixture.cluster.servers) server.on(getAccount, () => ({ account: { ...later, username: 'zoe' }, seen: fixture.cluster.cursor(), behind: false }));
    await rename(fixture, { ...earlier, username: '', deleted: true });
    expect(names()).toEqual(['bob', 'zoe']);
    expect(fixture.inUse.requests(getAccount)).toMatchObject([{ account: { $case: 'username', value: 'Zoe' } }]);
    await rename(fixture, { ...BOB, username: '', deleted: true });
    expect(names()).toEqual(['zoe']);
    expect(fixture.inUse.requests(getAccount)).toHaveLength(1);
  });

  test('of others is theirs alone', async () => {
    const fixture = await new Fixture().signIn();
    await rename(fixture, { ...ALICE, accountId: 'other', username: 'alice~othe' });
    expect([fixture.snapshot.sharedName, fixture.snapshot.session]).toMatchObject([undefined, { username: 'alice' }]);
  });
});
