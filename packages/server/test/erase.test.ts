import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChangeKind, MessageCreated, type Report } from '@parley/proto/replication';
import { grpcLinks, type ReplicationLink } from '../src/replication/link.ts';
import { ClusterSecrets } from '../src/replication/proof.ts';
import { encodeChange, erase, isErased } from '../src/store/change.ts';
import { TestCluster, until } from './cluster.ts';
import { bytesOf } from './files.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';

const PAGE = { changes: 10_000, bytes: 1e9 };
const SECRETS = ['the short secret', `${'a long secret '.repeat(570)} its end`];

describe('erasing', () => {
  let cluster: TestCluster;
  afterEach(() => cluster.close());

  const found = (name: string) => {
    const bytes = bytesOf(join(cluster.dir, `${name}.db`));
    return ['the short secret', 'a long secret', 'its end', 'stays'].filter((text) => bytes.includes(text));
  };
  const allGone = (...names: string[]) => until(() => names.every((name) => found(name).join() === 'stays'), 'the text to be in no file');
  const erasedIn = (name: string) => cluster.get(name).server.store.log.after(0, PAGE).filter(({ change }) => isErased(change)).length;
  const deleteAll = (on: string, alice: Person, messageIds: string[]) =>
    as(cluster.get(on).caller, alice).call('deleteMessages', { messages: messageIds.map((messageId) => ({ senderId: alice.accountId, messageId })), forEveryone: true, undo: false });

  test('[E2] the text of a deleted message is in no file of any replica: of its writer, of one that got it by Replicate, of one that pulls it later, also after restarts', async () => {
    cluster = await TestCluster.of('server1', 'server2');
    const { caller } = cluster.get('server1');
    const [alice, bob] = [await createPerson(caller, 'alice'), await createPerson(caller, 'bob')];
    const ids: string[] = [];
    for (const text of [...SECRETS, 'stays']) ids.push((await sendTo(as(caller, alice), bob, text)).message?.messageId ?? '');
    await cluster.settled();
    for (const name of ['server1', 'server2']) expect(found(name)).toHaveLength(4);
    await deleteAll('server2', alice, ids.slice(0, 2));
    await cluster.settled();
    await cluster.start('server3');
    await cluster.settled();
    for (const name of ['server1', 'server2', 'server3']) expect(erasedIn(name)).toBe(2);
    await allGone('server1', 'server2', 'server3');
    await cluster.stop('server1');
    await cluster.start('server1');
    await cluster.settled();
    await allGone('server1', 'server2', 'server3');
    // A retry from a client that never heard of any of it finds the message deleted.
    const { message } = await sendTo(as(cluster.get('server3').caller, alice), bob, SECRETS[0] ?? '', ids[0]);
    expect(message).toMatchObject({ deleted: true, text: '' });
    await allGone('server1', 'server2', 'server3');
  }, 30_000);

  test('[E1] a replica that was away takes the text out when it hears of the deletion', async () => {
    cluster = await TestCluster.of('server1', 'server2');
    const { caller } = cluster.get('server1');
    const alice = await createPerson(caller, 'alice');
    const ids: string[] = [];
    for (const text of [...SECRETS, 'stays']) ids.push((await sendTo(as(caller, alice), alice, text)).message?.messageId ?? '');
    await cluster.settled();
    await cluster.stop('server2');
    await deleteAll('server1', alice, ids.slice(0, 2));
    expect(found('server2')).toHaveLength(4);
    await cluster.start('server2');
    await cluster.settled();
    await allGone('server1', 'server2');
  }, 30_000);

  test('[E4] a replica that holds an erased message whose tombstone burnt writes the tombstone, and the others lose the text too', async () => {
    cluster = await TestCluster.of('server1', 'server2');
    const [one, two] = [cluster.get('server1'), cluster.get('server2')];
    const report: Report = {
      replicaId: 'a-replica-that-burnt', process: 1, origin: 4711, version: 1, since: 0, entries: [], hlc: 1, knownProcess: 0, knownVersion: 0, draining: false,
      address: '127.0.0.1:1', clusterId: one.server.store.getLocal('cluster_id') ?? '', wallMs: 0,
    };
    const connect = grpcLinks(new ClusterSecrets(readFileSync(join(cluster.dir, 'secret'), 'utf8')));
    const links: ReplicationLink[] = [one, two].map(({ address }) => connect(address));
    const payload = MessageCreated.encode({ conversationId: 'talk', text: 'the short secret', sentAtMs: 1 }).finish();
    const created = encodeChange({ origin: 4711, seq: 1, hlc: 1 }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: 'mallory/m1', payload }, undefined, []);
    // Cut apart, so that neither brings the other one the change as it has it.
    cluster.cut('server1', 'server2');
    await links[0]?.replicate({ report, changes: [erase(created).change] });
    await links[1]?.replicate({ report, changes: [created.change] });
    expect(two.server.store.queries.messages.byKey('x', 'mallory', 'm1')).toMatchObject({ text: 'the short secret' });
    expect(found('server2')).toEqual(['the short secret']);
    for (const link of links) link.close();
    cluster.heal();
    await until(() => two.server.store.queries.messages.byKey('x', 'mallory', 'm1')?.deleted === true, 'the tombstone');
    await cluster.settled();
    await until(() => found('server1').length + found('server2').length === 0, 'the text to be in no file');
    const rows = [one, two].map(({ server }) => server.store.queries.messages.byKey('x', 'mallory', 'm1'));
    expect(rows[0]).toEqual(rows[1]);
    expect(rows[0]?.contentBy.seq).toBeGreaterThan(0);
    expect([one, two].map(({ server }) => server.store.queries.messages.erasedWithoutTombstone(1))).toEqual([[], []]);
  }, 30_000);
});
