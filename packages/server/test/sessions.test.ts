import { randomBytes } from 'node:crypto';
import { TestCluster, until } from './cluster.ts';
import { as, createPerson, PASSWORD, sendTo } from './people.ts';
import { randomId } from '../src/ids.ts';

describe('sessions on two replicas', () => {
  let cluster: TestCluster;
  const caller = (name: string) => cluster.get(name).caller;
  beforeEach(async () => {
    cluster = await TestCluster.of('server1', 'server2');
  }, 20_000);
  afterEach(() => cluster.close(), 20_000);

  test('[T2] a CreateAccount that was retried on another replica gives a session that lasts, until there is a new password', async () => {
    cluster.cut('server1', 'server2');
    const { store } = cluster.get('server1').server;
    store.observe(store.hlc + 3000 * 4096);
    const account = { username: 'zoe', password: PASSWORD, nonce: randomBytes(32) };
    await caller('server1').call('createAccount', account);
    const { sessionToken } = await caller('server2').call('createAccount', account);
    caller('server2').token = sessionToken;
    cluster.heal();
    await cluster.settled();
    await caller('server2').call('listConversations', {});
    const { sessionToken: newer } = await caller('server2').call('changePassword', { oldPassword: PASSWORD, newPassword: 'another good one' });
    await expect(caller('server2').call('listConversations', {})).rejects.toMatchObject({ code: 16 });
    caller('server1').token = newer;
    await caller('server1').call('listConversations', {});
  }, 20_000);

  test('[T1] a session that was ended elsewhere does not get a stream by a cursor that covers its end', async () => {
    const alice = await createPerson(caller('server1'), 'alice');
    const bob = await createPerson(caller('server1'), 'bob');
    await cluster.settled();
    cluster.cut('server1', 'server2');
    await as(caller('server1'), alice).call('logOut', { everywhere: true });
    const { seen } = await caller('server1').call('createAccount', { username: 'carol', password: PASSWORD, nonce: randomBytes(32) });
    const stream = as(caller('server2'), alice).subscribe(seen);
    cluster.heal();
    await cluster.settled();
    expect(await stream.ended).toMatchObject({ code: 16 });
    await sendTo(as(caller('server1'), bob), alice, 'private');
    expect(JSON.stringify(stream.events)).not.toContain('private');
  }, 20_000);

  test('[X1] a retry finds what was sent, also when the recipient was deleted meanwhile', async () => {
    const alice = await createPerson(caller('server1'), 'alice');
    const bob = await createPerson(caller('server1'), 'bob');
    const messageId = randomId();
    const first = await sendTo(as(caller('server1'), alice), bob, 'hi', messageId);
    await as(caller('server1'), bob).call('deleteAccount', { username: 'bob', password: PASSWORD });
    await until(() => cluster.get('server2').server.store.queries.accounts.byId(bob.accountId)?.deleted === true, 'the deletion');
    expect((await sendTo(as(caller('server2'), alice), bob, 'hi', messageId)).message).toMatchObject({ position: first.message?.position });
    await expect(sendTo(as(caller('server2'), alice), bob, 'more')).rejects.toMatchObject({ code: 5 });
    const { conversations } = await as(caller('server1'), alice).call('listConversations', {});
    expect(conversations[0]?.others).toMatchObject([{ deleted: true, username: '' }]);
  }, 20_000);
});
