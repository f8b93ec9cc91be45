import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccountCreated, type Change, ChangeKind, MessageCreated, type Report } from '@parley/proto/replication';
import { type ChangeRecord, encodeChange } from '../src/store/change.ts';
import { directConversationId } from '../src/ids.ts';
import { grpcLinks } from '../src/replication/link.ts';
import { ClusterSecrets } from '../src/replication/proof.ts';
import { openDatabase } from '../src/store/database.ts';
import { Store } from '../src/store/store.ts';
import { systemTime } from '../src/stamp/clock.ts';
import { TestCluster, type TestReplica, until } from './cluster.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';
import { readTables } from './tables.ts';

/** A machine that was put back while it ran: two histories under one origin. */
const ORIGIN = 4711;

describe('[F3] forks are mended', () => {
  let cluster: TestCluster;
  let alice: Person;
  afterEach(() => cluster.close());

  const talk = () => directConversationId(alice.accountId, alice.accountId);
  const message = (seq: number, text: string, previous?: ChangeRecord): ChangeRecord =>
    encodeChange(
      { origin: ORIGIN, seq, hlc: seq * 1000 },
      { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: `${alice.accountId}/${text}`, payload: MessageCreated.encode({ conversationId: talk(), text, sentAtMs: seq }).finish() },
      previous?.hash,
      [],
    );
  /** A history: the texts, one change each, after `before`. */
  const history = (before: readonly ChangeRecord[], ...texts: string[]) => {
    const changes = [...before];
    for (const text of texts) changes.push(message(changes.length + 1, text, changes.at(-1)));
    return changes;
  };
  const bring = async (to: TestReplica, changes: readonly ChangeRecord[]): Promise<void> => {
    const link = grpcLinks(new ClusterSecrets(readFileSync(join(cluster.dir, 'secret'), 'utf8')))(to.address);
    const report: Report = {
      replicaId: 'machine', process: 1, origin: ORIGIN, version: 1, since: 0, entries: [], hlc: 1, knownProcess: 0, knownVersion: 0, draining: false,
      address: '127.0.0.1:1', clusterId: to.server.store.getLocal('cluster_id') ?? '', wallMs: 0,
    };
    await link.replicate({ report, changes: changes.map(({ change }): Change => change) });
    link.close();
  };
  const texts = async (replica: TestReplica) => {
    const { messages } = await as(replica.caller, alice).call('listMessages', { conversationId: talk(), pageSize: 200 });
    return messages.map(({ text }) => text).sort();
  };
  const tables = ({ dbFile }: TestReplica) => {
    const { reader, close } = openDatabase(copyOf(dbFile));
    const all = readTables(reader);
    close();
    return all;
  };
  const copyOf = (file: string) => {
    const copy = `${file}.look${Math.random()}`;
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    return copy;
  };
  const areLevel = () => {
    const [first, ...others] = [...cluster.replicas.values()].map(({ server }) => server.store.vector);
    return others.every((vector) => first && vector.equals(first));
  };
  const start = async (...names: string[]) => {
    cluster = await TestCluster.of(...names);
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    await sendTo(as(cluster.get('server1').caller, alice), alice, 'first');
    await cluster.settled();
  };

  test('the branch with the lower hash stays, everywhere, and what the other held is written again once', async () => {
    await start('server1', 'server2', 'server3');
    const common = history([], 'a', 'b');
    const [one, two] = [history(common, 'one', 'more', 'most'), history(common, 'two')];
    cluster.cut('server1', 'server2');
    cluster.cut('server1', 'server3');
    await bring(cluster.get('server1'), one);
    await bring(cluster.get('server2'), two);
    await until(() => cluster.get('server3').server.store.vector.seq(ORIGIN) === 3, 'server3 has what server2 has');
    cluster.heal();
    await until(areLevel, 'all level');
    const [a, b] = [one[2]?.hash, two[2]?.hash];
    const winner = a && b && Buffer.compare(a, b) < 0 ? one : two;
    for (const replica of cluster.replicas.values()) {
      expect(replica.server.store.vector.get(ORIGIN)?.hash).toEqual(winner.at(-1)?.hash);
      expect(await texts(replica)).toEqual(['a', 'b', 'first', 'more', 'most', 'one', 'two'].sort());
    }
    expect(tables(cluster.get('server2'))).toEqual(tables(cluster.get('server1')));
    expect(tables(cluster.get('server3'))).toEqual(tables(cluster.get('server1')));
    await cluster.settled();
    const { copies } = await sendTo(as(cluster.get('server2').caller, alice), alice, 'after');
    expect(copies).toMatchObject({ stored: 3, replicas: 3 });
  });

  test('also where it is the own origin of a running process, with writes that wait for copies', async () => {
    await start('server1', 'server2');
    const { caller, server } = cluster.get('server1');
    const { origin = 0, vector } = server.store;
    const last = vector.get(origin);
    if (!last) throw new Error('server1 wrote nothing');
    cluster.cut('server1', 'server2');
    // What server1 wrote in the time that it was put back from: only server2 has it.
    const other = encodeChange({ origin, seq: last.seq + 1, hlc: server.store.hlc + 1 }, { kind: ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, key: 'lost', payload: AccountCreated.encode({ createdAtMs: 1 }).finish() }, last.hash, []);
    await bring(cluster.get('server2'), [other]);
    const waiting = sendTo(as(caller, alice), alice, 'written again');
    await until(() => server.store.vector.seq(origin) > last.seq, 'written under the old origin');
    cluster.heal();
    const { copies } = await waiting;
    expect(copies?.replicas).toBe(2);
    await until(areLevel, 'all level');
    for (const replica of cluster.replicas.values()) {
      expect(await texts(replica)).toEqual(['first', 'written again']);
      expect(replica.server.store.queries.accounts.byId('lost')).toBeDefined();
    }
    await sendTo(as(caller, alice), alice, 'after');
    expect(server.store.origin).not.toBe(origin);
    expect(cluster.fatal).toEqual([]);
  });

  test('a joiner gives way to its donor, and brings what only it had', async () => {
    await start('server1');
    const common = history([], 'a');
    await bring(cluster.get('server1'), history(common, 'of the donor'));
    const store = new Store({ databases: openDatabase(join(cluster.dir, 'server2.db')), time: systemTime });
    const branch = history(common, 'of the joiner', 'and more');
    await store.write((tx) => {
      for (const record of branch) tx.apply(record);
    });
    store.close();
    await cluster.start('server2');
    await until(areLevel, 'all level');
    for (const replica of cluster.replicas.values()) expect(await texts(replica)).toEqual(['a', 'and more', 'first', 'of the donor', 'of the joiner']);
  });
});
