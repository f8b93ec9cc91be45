import { writeFileSync } from 'node:fs';
import Database from '@parley/sqlite';
import { ErrorInfo, Status } from '@parley/proto/status';
import { type TestReplica, TestCluster, until } from './cluster.ts';
import { as, createPerson, PASSWORD, type Person, sendTo } from './people.ts';

const httpGet = (replica: TestReplica, path: string) => fetch(`http://127.0.0.1:${replica.server.httpPort}${path}`);

describe('members', () => {
  let cluster: TestCluster;
  let alice: Person;
  const caller = (name: string) => as(cluster.get(name).caller, alice);
  const idOf = (name: string) => cluster.get(name).server.store.getLocal('replica_id') ?? '';
  const namesOn = async (name: string) => (await cluster.get(name).caller.call('getCluster', {})).replicas.map((replica) => replica.name);
  const has = (name: string, messageId = '') => cluster.get(name).server.store.queries.messages.byKey(alice.accountId, alice.accountId, messageId) !== undefined;
  const remove = async (by: string, replicaId: string) => {
    const link = cluster.linkTo(by);
    try {
      return await link.remove({ replicaId });
    } finally {
      link.close();
    }
  };

  beforeEach(async () => {
    cluster = await TestCluster.of('server1', 'server2', 'server3');
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    await cluster.settled();
  }, 20_000);
  afterEach(() => cluster.close(), 20_000);

  test('[D1] a removed replica is not waited for, not counted and not offered, serves nobody, and what was written there still comes', async () => {
    const removed = cluster.get('server3');
    const id = idOf('server3');
    const streamThere = caller('server3').subscribe();
    const streamHere = caller('server1').subscribe();
    await until(() => streamThere.events.length > 0 && streamHere.events.length > 0, 'the streams');
    // Taken by server3 while nobody heard of it.
    for (const name of ['server1', 'server2']) cluster.cut('server3', name);
    const last = await sendTo(caller('server3'), alice, 'written before it went');
    expect(last.copies?.stored).toBe(1);

    expect(await remove('server1', id)).toMatchObject({ stored: 2, replicas: 2 });
    expect((await sendTo(caller('server2'), alice, 'after')).copies).toMatchObject({ stored: 2, replicas: 2 });
    for (const name of ['server1', 'server2']) expect(await namesOn(name)).toEqual(['server1', 'server2']);
    expect((await cluster.get('server2').caller.call('getCluster', {})).removedReplicaIds).toEqual([id]);
    const { servers } = (await (await httpGet(cluster.get('server1'), '/config.json')).json()) as { servers: { name: string }[] };
    expect(servers.map(({ name }) => name)).toEqual(['server1', 'server2']);
    const updates = () => streamHere.events.flatMap(({ event }) => (event?.$case === 'delta' ? event.value.updates : []));
    await until(() => updates().some(({ update }) => update?.$case === 'replica' && update.value.removed && update.value.replicaId === id), 'the update that it was removed');
    streamHere.cancel();

    cluster.heal();
    // It learns of it: streams end, so that clients move on, and nobody is served any more.
    expect(await streamThere.ended).toMatchObject({ code: 14 });
    await expect(caller('server3').call('listConversations', {})).rejects.toMatchObject({ code: 14, details: expect.stringMatching(/removed from its cluster/) });
    await expect(cluster.get('server3').caller.call('getCluster', {})).rejects.toMatchObject({ code: 14 });
    expect((await httpGet(removed, '/readyz')).status).toBe(503);
    expect(await (await httpGet(removed, '/metrics')).text()).toContain('parley_alarm{kind="removed",replica="server3"} 1');
    expect(cluster.logged.filter(({ alarm }) => alarm === 'removed').map(({ server }) => server)).toEqual(['server3']);
    await until(() => has('server1', last.message?.messageId) && has('server2', last.message?.messageId), 'what was written there');
    // It goes on replicating, though it is not counted.
    const later = await sendTo(caller('server1'), alice, 'later');
    expect(later.copies).toMatchObject({ stored: 2, replicas: 2 });
    await until(() => has('server3', later.message?.messageId), 'the removed one to have what came later');
  }, 30_000);

  test('[D1] a removal that is repeated, on any replica, changes nothing; an unknown id and oneself are refused', async () => {
    const id = idOf('server3');
    const { store } = cluster.get('server2').server;
    await remove('server1', id);
    await until(() => store.queries.replicas.removal(id) !== undefined, 'the removal on server2');
    const { origin } = store;
    const head = store.log.head;
    expect(await remove('server2', id)).toMatchObject({ stored: 2, replicas: 2 });
    expect([store.origin, store.log.head]).toEqual([origin, head]);
    const refused = async (by: string, replicaId: string) => reasonOf(await remove(by, replicaId).catch((error: unknown) => error));
    expect(await refused('server1', 'nobody')).toEqual([5, 'REPLICA_NOT_FOUND']);
    expect(await refused('server1', '')).toEqual([5, 'REPLICA_NOT_FOUND']);
    expect(await refused('server1', idOf('server1'))).toEqual([3, 'INVALID_FIELD']);
    expect(await namesOn('server1')).toEqual(['server1', 'server2']);
  }, 30_000);

  test('[D1] a removed replica that is started again registers again, and counts again', async () => {
    const id = idOf('server3');
    await remove('server1', id);
    await until(async () => (await httpGet(cluster.get('server3'), '/readyz')).status === 503, 'it to know');
    await cluster.stop('server3');
    await cluster.start('server3');
    await cluster.settled();
    expect(idOf('server3')).toBe(id);
    for (const name of ['server1', 'server2', 'server3']) expect(await namesOn(name)).toEqual(['server1', 'server2', 'server3']);
    expect((await cluster.get('server1').caller.call('getCluster', {})).removedReplicaIds).toEqual([]);
    expect((await sendTo(caller('server1'), alice, 'three again')).copies).toMatchObject({ stored: 3, replicas: 3 });
  }, 30_000);

  test('[D1] a replica that was removed while it was off is a member again once it is started', async () => {
    const id = idOf('server3');
    await cluster.stop('server3');
    await remove('server1', id);
    await cluster.start('server3');
    await until(async () => (await namesOn('server1')).length === 3, 'it to be a member again');
    await cluster.settled();
    expect(idOf('server3')).toBe(id);
    expect(cluster.logged.filter(({ alarm }) => alarm === 'removed')).toEqual([]);
    expect((await sendTo(caller('server3'), alice, 'three again')).copies).toMatchObject({ stored: 3, replicas: 3 });
  }, 30_000);

  test('[O2] a copy of the file of a removed replica that still runs is another replica', async () => {
    const id = idOf('server3');
    await remove('server1', id);
    await until(async () => (await httpGet(cluster.get('server3'), '/readyz')).status === 503, 'it to know');
    const file = new Database(cluster.get('server3').dbFile);
    file.exec(`VACUUM INTO '${cluster.dir}/server4.db'`);
    file.close();
    await cluster.start('server4');
    expect(idOf('server4')).not.toBe(id);
    await until(async () => (await namesOn('server1')).length === 3, 'the copy to be a member');
    expect(await namesOn('server1')).toEqual(['server1', 'server2', 'server4']);
    expect((await sendTo(caller('server1'), alice, 'counted once')).copies?.replicas).toBe(3);
  }, 30_000);

  test('[D2] a replica that comes back at another address is followed there, and counts once', async () => {
    const id = idOf('server3');
    const before = cluster.get('server3').address;
    const seeds = [cluster.get('server1').address];
    await cluster.stop('server3');
    const moved = await cluster.start('server3', { port: 0, advertise: '127.0.0.1:0', seeds });
    expect(moved.address).not.toBe(before);
    await cluster.settled();
    const { replicas } = await cluster.get('server2').caller.call('getCluster', {});
    expect(replicas.map(({ replicaId, address }) => [replicaId, address])).toContainEqual([id, moved.address]);
    expect(replicas).toHaveLength(3);
    expect((await sendTo(caller('server2'), alice, 'followed')).copies).toMatchObject({ stored: 3, replicas: 3 });
  }, 30_000);

  test('[D2] a rebuilt machine takes the place of the one that was at its address; copies are not counted twice', async () => {
    const old = idOf('server3');
    await cluster.stop('server3');
    await cluster.start('server3', { dbFile: `${cluster.dir}/new-disk.db` });
    await cluster.settled();
    expect(idOf('server3')).not.toBe(old);
    for (const name of ['server1', 'server2', 'server3']) {
      const { replicas } = await cluster.get(name).caller.call('getCluster', {});
      expect(replicas.map(({ replicaId }) => replicaId).sort()).toEqual(['server1', 'server2', 'server3'].map(idOf).sort());
    }
    expect((await sendTo(caller('server1'), alice, 'on the new disk')).copies).toMatchObject({ stored: 3, replicas: 3 });
    // The old registration stays in the log: its removal is taken, and changes nothing.
    expect(await remove('server1', old)).toMatchObject({ stored: 3, replicas: 3 });
    expect(await namesOn('server2')).toEqual(['server1', 'server2', 'server3']);
  }, 30_000);
});

/** Status and ErrorInfo reason of a failed call. */
function reasonOf(error: unknown): unknown {
  const { code, metadata } = error as { code: number; metadata: { get(key: string): Buffer[] } };
  const info = Status.decode(metadata.get('grpc-status-details-bin')[0] ?? new Uint8Array()).details.find(({ typeUrl }) => typeUrl.endsWith('ErrorInfo'));
  return [code, info && ErrorInfo.decode(info.value).reason];
}

describe('two clusters never mix', () => {
  let here: TestCluster;
  let there: TestCluster;
  const originsOf = (cluster: TestCluster, name: string) => [...cluster.get(name).server.store.vector].map(({ origin }) => origin);
  beforeEach(async () => {
    [here, there] = [await TestCluster.of('here'), await TestCluster.of('there')];
    await createPerson(here.get('here').caller, 'alice');
  }, 20_000);
  afterEach(() => Promise.all([here.close(), there.close()]), 20_000);

  /** Starts `there` again, told of the other cluster's address; resolves once it has said what is wrong with that. */
  const greet = async (message: RegExp) => {
    await there.stop('there');
    await there.start('there', { seeds: [here.get('here').address] });
    await until(() => there.logged.some(({ msg }) => message.test(msg)), 'a clear message');
  };
  const expectApart = async () => {
    const known = originsOf(here, 'here');
    expect(originsOf(there, 'there').filter((origin) => known.includes(origin))).toEqual([]);
    expect((await here.get('here').caller.call('getCluster', {})).replicas).toHaveLength(1);
    expect((await there.get('there').caller.call('getCluster', {})).replicas).toHaveLength(1);
    await expect(there.get('there').caller.call('logIn', { username: 'alice', password: PASSWORD })).rejects.toMatchObject({ code: 16 });
  };

  test('[D3] with different secrets: a joiner ends with a clear message, a running one says it in its log', async () => {
    await there.begin('joiner', { seeds: [here.get('here').address] });
    await until(() => there.fatal.length > 0, 'the refusal');
    expect(there.fatal[0]).toMatch(/has another cluster secret; give this one a copy of its secret file/);
    await there.stop('joiner');
    await greet(/has another cluster secret/);
    await expectApart();
  }, 30_000);

  test('[D3] with the same secret but different ids', async () => {
    // The id is that of the first secret, and stays when the secret is replaced.
    const secret = 'the secret of both'.padEnd(40, '.');
    for (const cluster of [here, there]) writeFileSync(cluster.secretFile, secret);
    await here.stop('here');
    await here.start('here');
    await greet(/belongs to another cluster/);
    const link = here.linkTo('here');
    const stranger = there.get('there').server.store;
    const report = {
      replicaId: stranger.getLocal('replica_id') ?? '', process: 1, origin: 1, version: 1, since: 0, entries: [...stranger.vector], hlc: stranger.hlc, knownProcess: 0, knownVersion: 0,
      draining: false, address: there.get('there').address, clusterId: stranger.getLocal('cluster_id') ?? '', wallMs: 0,
    };
    for (const call of [link.replicate({ report, changes: [] }), link.pull({ report, have: { entries: [] } })]) {
      await expect(call).rejects.toMatchObject({ code: 9, details: expect.stringMatching(/belongs to cluster .*, the caller to/) });
    }
    link.close();
    await expectApart();
  }, 30_000);
});
