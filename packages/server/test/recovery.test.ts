import Database from '@parley/sqlite';
import { TestCluster, until } from './cluster.ts';
import { as, createPerson, sendTo } from './people.ts';

describe('odd ways back', () => {
  let cluster: TestCluster;
  afterEach(() => cluster.close(), 20_000);

  test('[A7] a machine rebuilt under another name of its address is one disk, not two', async () => {
    cluster = await TestCluster.of('server1');
    const seeds = [cluster.get('server1').address];
    const first = await cluster.start('server2', { advertise: 'localhost:0', seeds });
    await cluster.settled();
    const port = first.server.grpcPort;
    await cluster.stop('server2');
    await cluster.start('server2', { port, advertise: `127.0.0.1:${port}`, seeds, dbFile: `${cluster.dir}/new-disk.db` });
    const one = cluster.get('server1').caller;
    const states = async () => (await one.call('getCluster', {})).replicas.map(({ address, level }) => [address.split(':')[0], level]);
    await until(async () => (await states()).filter(([, level]) => level).length === 2, 'the rebuilt one to be level');
    const alice = await createPerson(one, 'alice');
    const { copies } = await sendTo(as(one, alice), alice, 'note');
    expect(copies).toMatchObject({ stored: 2, replicas: 3 });
    expect(await states()).toContainEqual(['localhost', false]);
  }, 30_000);

  test('[P2] what its writer cannot bring is pulled from whoever can be asked, though another that has it cannot', async () => {
    cluster = await TestCluster.of('server1', 'server2', 'server3', 'server4');
    const alice = await createPerson(cluster.get('server4').caller, 'alice');
    await cluster.settled();
    await cluster.stop('server2');
    // server1 can call server2, but not the other way; server2 hears nothing of server4. server3 has everything.
    cluster.cut('server2', 'server1', true);
    cluster.cut('server2', 'server4');
    const { server } = await cluster.start('server2');
    const { message } = await sendTo(as(cluster.get('server4').caller, alice), alice, 'around');
    await until(() => server.store.queries.messages.byKey(alice.accountId, alice.accountId, message?.messageId ?? '') !== undefined, 'it to come by way of server3');
  }, 30_000);

  test('[J1] a copy that a crash cut short is not served, but finished', async () => {
    cluster = await TestCluster.of('server1');
    const alice = await createPerson(cluster.get('server1').caller, 'alice');
    for (const text of ['one', 'two', 'three']) await sendTo(as(cluster.get('server1').caller, alice), alice, text);
    await cluster.start('server2');
    await cluster.settled();
    await cluster.stop('server2');
    const dbFile = `${cluster.dir}/server2.db`;
    const db = new Database(dbFile);
    // As a crash in mid-copy leaves it: something in the log, but no cluster that it would be a member of.
    db.exec("DELETE FROM local WHERE name = 'cluster_id'");
    db.close();
    const alone = await cluster.begin('server2', { seeds: [] });
    await until(() => cluster.fatal.length > 0, 'the refusal');
    expect(cluster.fatal[0]).toMatch(/unfinished copy .* --join/);
    await expect(alone.caller.call('logIn', { username: 'alice', password: 'correct horse battery' })).rejects.toMatchObject({ code: 14 });
    await cluster.stop('server2');
    await cluster.start('server2');
    await cluster.settled();
    expect((await as(cluster.get('server2').caller, alice).call('listConversations', {})).conversations).toHaveLength(1);
  }, 30_000);
});
