import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../src/store/database.ts';
import { TestCluster, type TestReplica, until } from './cluster.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';
import { readTables } from './tables.ts';

describe('[O2] a file that is not where it was', () => {
  let cluster: TestCluster;
  let alice: Person;
  afterEach(() => cluster.close(), 20_000);

  const start = async (...names: string[]) => {
    cluster = await TestCluster.of(...names);
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    await cluster.settled();
  };
  const write = (name: string, text: string) => sendTo(as(cluster.get(name).caller, alice), alice, text);
  const file = (name: string) => join(cluster.dir, `${name}.db`);
  const texts = async ({ caller }: TestReplica) => {
    const { conversations } = await as(caller, alice).call('listConversations', {});
    const { messages } = await caller.call('listMessages', { conversationId: conversations[0]?.conversationId ?? '' });
    return messages.map(({ text }) => text);
  };
  /** All vectors equal, then all servers stopped and their files read. */
  const stopLevel = async () => {
    await until(() => {
      const [first, ...others] = [...cluster.replicas.values()].map(({ server }) => server.store.vector);
      return others.every((vector) => first && vector.equals(first));
    }, 'all level');
    const names = [...cluster.replicas.keys()];
    await Promise.all(names.map((name) => cluster.stop(name)));
    return names.map((name) => {
      const { reader, close } = openDatabase(file(name));
      const tables = readTables(reader);
      close();
      return tables;
    });
  };

  test('an old backup, restored next to live peers, gets back what it lost, its own writes included, and goes on under a new origin', async () => {
    await start('server1', 'server2', 'server3');
    await write('server2', 'in the backup');
    await cluster.settled();
    await cluster.stop('server2');
    copyFileSync(file('server2'), `${file('server2')}.backup`);
    await cluster.start('server2');
    await cluster.settled();
    const { copies } = await write('server2', 'after the backup');
    expect(copies?.stored).toBe(3);
    const { origin } = cluster.get('server2').server.store;
    await cluster.stop('server2');
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file('server2')}${suffix}`, { force: true });
    copyFileSync(`${file('server2')}.backup`, file('server2'));
    await cluster.start('server2');
    await write('server2', 'after the restore');
    expect(cluster.get('server2').server.store.origin).not.toBe(origin);
    await until(async () => (await texts(cluster.get('server2'))).length === 3, 'it caught up');
    expect(await texts(cluster.get('server1'))).toEqual(await texts(cluster.get('server2')));
    const [one, two, three] = await stopLevel();
    expect([two, three]).toEqual([one, one]);
  }, 30_000);

  test('of a database that was copied to a second machine the copy becomes a member of its own, and both write on', async () => {
    await start('server1', 'server2');
    await write('server2', 'before the copy');
    await cluster.settled();
    await cluster.stop('server2');
    copyFileSync(file('server2'), file('copy'));
    const { server: original } = await cluster.start('server2');
    const { server: copy } = await cluster.start('copy');
    await cluster.settled();
    expect(copy.store.getLocal('replica_id')).not.toBe(original.store.getLocal('replica_id'));
    expect((await cluster.get('server1').caller.call('getCluster', {})).replicas).toHaveLength(3);
    for (const name of ['server2', 'copy', 'server1']) expect((await write(name, `by ${name}`)).copies).toMatchObject({ stored: 3, replicas: 3 });
    const [one, two, three] = await stopLevel();
    expect([two, three]).toEqual([one, one]);
  }, 30_000);

  test.each([
    // The original's registration is as it was: it hears that the copy has its id.
    { publicUrl: 'http://server2.test', whoTakesAnother: 'server2' },
    // It registers, because browsers reach it elsewhere now: the copy hears that.
    { publicUrl: 'http://127.0.0.1:0', whoTakesAnother: 'copy' },
  ])('a copy that was started while the original was off: once both run, $whoTakesAnother goes on as a member of its own, without being started again', async ({ publicUrl, whoTakesAnother }) => {
    await start('server1', 'server2');
    await cluster.stop('server2');
    await cluster.start('server2', { publicUrl });
    await cluster.stop('server2');
    copyFileSync(file('server2'), file('copy'));
    const { server: copy } = await cluster.start('copy');
    const id = copy.store.getLocal('replica_id');
    const { server: original } = await cluster.start('server2', { publicUrl });
    expect(original.store.getLocal('replica_id')).toBe(id);
    const membersAt = (name: string) => cluster.get(name).caller.call('getCluster', {}).then(({ replicas }) => replicas.length, () => 0);
    await until(async () => (await Promise.all(['server1', 'server2', 'copy'].map(membersAt))).every((members) => members === 3), 'all to be members, and to serve');
    await cluster.settled();
    expect(cluster.logged.filter(({ alarm }) => alarm === 'doubled').map(({ server }) => server)).toEqual([whoTakesAnother]);
    const idOf = (name: string) => cluster.get(name).server.store.getLocal('replica_id');
    expect(idOf(whoTakesAnother)).not.toBe(id);
    expect(idOf(whoTakesAnother === 'copy' ? 'server2' : 'copy')).toBe(id);
    for (const name of ['server2', 'copy', 'server1']) expect((await write(name, `by ${name}`)).copies).toMatchObject({ stored: 3, replicas: 3 });
    const [one, two, three] = await stopLevel();
    expect([two, three]).toEqual([one, one]);
  }, 30_000);

  test('a database that moved to another machine is the same member at another address', async () => {
    await start('server1', 'server2');
    const replicaId = cluster.get('server2').server.store.getLocal('replica_id');
    await cluster.stop('server2');
    await cluster.start('moved', { dbFile: file('server2') });
    await cluster.settled();
    const { replicas } = await cluster.get('server1').caller.call('getCluster', {});
    expect(replicas.map(({ replicaId: id, name }) => [id === replicaId, name])).toEqual(expect.arrayContaining([[true, 'moved']]));
    expect(replicas).toHaveLength(2);
    expect((await write('server1', 'found it')).copies).toMatchObject({ stored: 2, replicas: 2 });
  }, 30_000);
});
