import { createServer, type Server } from 'node:net';
import { TestCluster, until } from './cluster.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';

describe('failures', () => {
  let cluster: TestCluster;
  let alice: Person;
  let bob: Person;
  const caller = (name: string, person: Person) => as(cluster.get(name).caller, person);
  const textsOn = async (name: string) => {
    const { conversations } = await caller(name, bob).call('listConversations', {});
    const conversationId = conversations[0]?.conversationId;
    if (conversationId === undefined) return [];
    const { messages } = await caller(name, bob).call('listMessages', { conversationId, pageSize: 200 });
    return messages.map(({ text }) => text).reverse();
  };

  beforeEach(async () => {
    cluster = await TestCluster.of('server1', 'server2', 'server3');
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    bob = await createPerson(cluster.get('server1').caller, 'bob');
  }, 20_000);
  afterEach(() => cluster.close(), 20_000);

  test('[A2] writes go on when one, then two of three are gone, and tell their copies; the gone ones catch up', async () => {
    await cluster.stop('server3');
    expect((await sendTo(caller('server1', alice), bob, 'two')).copies).toMatchObject({ stored: 2, replicas: 3 });
    await cluster.stop('server2');
    expect((await sendTo(caller('server1', alice), bob, 'one')).copies).toMatchObject({ stored: 1, replicas: 3 });
    await cluster.start('server2');
    await cluster.start('server3');
    await cluster.settled();
    expect(await textsOn('server3')).toEqual(['two', 'one']);
    expect((await sendTo(caller('server3', alice), bob, 'three')).copies).toMatchObject({ stored: 3, replicas: 3 });
  }, 30_000);

  test('[S2] both sides of a partition write; healed, all have both in one order', async () => {
    cluster.cut('server1', 'server2');
    cluster.cut('server1', 'server3');
    const [left, right] = await Promise.all([sendTo(caller('server1', alice), bob, 'left'), sendTo(caller('server2', bob), alice, 'right')]);
    expect([left.copies?.stored, right.copies?.stored]).toEqual([1, 2]);
    const claims = await Promise.all([createPerson(cluster.get('server1').caller, 'Zoë'), createPerson(cluster.get('server3').caller, 'zoë')]);
    cluster.heal();
    await cluster.settled();
    const orders = await Promise.all(['server1', 'server2', 'server3'].map(textsOn));
    expect([...(orders[0] ?? [])].sort()).toEqual(['left', 'right']);
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
    // [U2] The later claim is told apart, and both sign in with either name.
    const { accounts } = await caller('server2', bob).call('listAccounts', { pattern: 'zo' });
    expect(accounts.map(({ username }) => username.replace(/~....$/, '').toLowerCase())).toEqual(['zoë', 'zoë']);
    expect(accounts.filter(({ username }) => username.includes('~'))).toHaveLength(1);
    expect(accounts.map(({ accountId }) => accountId).sort()).toEqual(claims.map(({ accountId }) => accountId).sort());
    for (const { username, accountId } of accounts) {
      const { account } = await cluster.get('server2').caller.call('logIn', { username, password: 'correct horse battery' });
      expect(account).toMatchObject({ accountId, username });
    }
  }, 30_000);

  test('[P2] what its writer cannot bring comes from another replica, and counts as a copy', async () => {
    cluster.cut('server1', 'server2', true);
    const sent = await sendTo(caller('server1', alice), bob, 'around');
    expect(sent.copies?.replicas).toBe(3);
    await until(async () => (await textsOn('server2')).includes('around'), 'the message that goes around');
    const again = await sendTo(caller('server1', alice), bob, 'around', sent.message?.messageId);
    expect(again.copies).toMatchObject({ stored: 3 });
  }, 30_000);

  test('[C1] an answer is not shown before its question', async () => {
    cluster.cut('server1', 'server2');
    const seenByTwo: string[][] = [];
    for (let round = 0; round < 5; round++) {
      await sendTo(caller('server1', alice), bob, `question ${round}`);
      await until(async () => (await textsOn('server3')).includes(`question ${round}`), 'the question');
      await sendTo(caller('server3', bob), alice, `answer ${round}`);
      await until(async () => {
        const texts = await textsOn('server2');
        seenByTwo.push(texts);
        return texts.includes(`answer ${round}`);
      }, 'the answer');
    }
    for (const texts of seenByTwo) expect(texts).toEqual([0, 1, 2, 3, 4].flatMap((round) => [`question ${round}`, `answer ${round}`]).slice(0, texts.length));
  }, 30_000);

  test('[N2] a server that is behind what was seen says so, and catches up where it can', async () => {
    cluster.cut('server1', 'server2');
    cluster.cut('server3', 'server2');
    const { seen, message } = await sendTo(caller('server1', alice), bob, 'ahead');
    const behind = await caller('server2', alice).call('listConversations', { seen: [seen] });
    expect(behind.behind).toBe(true);
    await expect(caller('server2', alice).call('listMessages', { conversationId: message?.conversationId ?? '', seen: [seen] })).rejects.toMatchObject({ code: 14 });
    // An answer taken there all the same stands after what was seen: its clock was lifted.
    const answer = await sendTo(caller('server2', alice), bob, 'after', undefined);
    expect(answer.message?.position?.hlc).toBeGreaterThan(message?.position?.hlc ?? Number.POSITIVE_INFINITY);
    cluster.heal();
    await until(async () => !(await caller('server2', alice).call('listConversations', { seen: [seen] })).behind, 'server2 to catch up');
    await cluster.settled();
    expect(await textsOn('server2')).toEqual(['ahead', 'after']);
  }, 30_000);

  test('a replica that cannot be reached lags by changes and by time, and by neither once it has caught up', async () => {
    const lagOf3 = async () => (await cluster.get('server1').caller.call('getCluster', {})).replicas.find(({ name }) => name === 'server3');
    await cluster.settled();
    expect(await lagOf3()).toMatchObject({ lagChanges: 0, lagMs: 0 });
    for (const other of ['server1', 'server2']) cluster.cut(other, 'server3');
    const before = Date.now();
    await sendTo(caller('server1', alice), bob, 'first');
    await sendTo(caller('server1', alice), bob, 'second');
    await until(async () => Number((await lagOf3())?.lagMs) > 500, 'the first change to be older than half a second');
    const lag = await lagOf3();
    expect(lag?.lagChanges).toBeGreaterThanOrEqual(2);
    expect(lag?.lagMs).toBeLessThanOrEqual(Date.now() - before);
    cluster.heal();
    await cluster.settled();
    expect(await lagOf3()).toMatchObject({ lagChanges: 0, lagMs: 0 });
  }, 30_000);

  test('[J1] a fourth replica joins, is learnt by all, and serves when it is alone; a lost disk does not come up empty', async () => {
    await sendTo(caller('server1', alice), bob, 'before');
    await cluster.start('server4');
    await cluster.settled();
    const { replicas } = await cluster.get('server1').caller.call('getCluster', {});
    expect(replicas.map(({ name }) => name)).toEqual(['server1', 'server2', 'server3', 'server4']);
    for (const name of ['server1', 'server2', 'server3']) await cluster.stop(name);
    expect(await textsOn('server4')).toEqual(['before']);
    expect((await sendTo(caller('server4', alice), bob, 'alone')).copies).toMatchObject({ stored: 1, replicas: 4 });
    const seeds = [cluster.get('server4').address, '127.0.0.1:1'];
    await cluster.stop('server4');
    const lost = await cluster.begin('server3', { dbFile: `${cluster.dir}/new-disk.db`, seeds });
    await expect(lost.caller.call('logIn', { username: 'alice', password: 'correct horse battery' })).rejects.toMatchObject({ code: 14 });
    await cluster.start('server4', { seeds: [] });
    await lost.server.ready;
    expect(await textsOn('server3')).toEqual(['before', 'alone']);
    // The rebuilt machine took the old one's place.
    expect((await lost.caller.call('getCluster', {})).replicas.map(({ name }) => name)).toEqual(['server1', 'server2', 'server3', 'server4']);
  }, 40_000);
});

test('[J2] replicas that all start empty at once become one cluster', async () => {
  const cluster = new TestCluster();
  const one = await cluster.begin('server1', { seeds: ['127.0.0.1:1'] });
  await cluster.stop('server1');
  const all = [one.address];
  const names = ['server1', 'server2', 'server3'];
  const ports = await freePorts(2);
  all.push(...ports.map((port) => `127.0.0.1:${port}`));
  const begun = await Promise.all(names.map((name, i) => cluster.begin(name, { seeds: all, port: Number(all[i]?.split(':')[1]), advertise: all[i] ?? '' })));
  await Promise.all(begun.map(({ server }) => server.ready));
  await cluster.settled();
  const ids = await Promise.all(begun.map(async ({ caller }) => (await caller.call('getCluster', {})).replicas.map(({ replicaId }) => replicaId)));
  expect(ids[0]).toHaveLength(3);
  expect(ids[1]).toEqual(ids[0]);
  expect(ids[2]).toEqual(ids[0]);
  await cluster.close();
}, 30_000);

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise<Server>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
    })),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
