import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from '@parley/sqlite';
import { UnusableDatabase } from '../src/store/database.ts';
import { TestCluster, until } from './cluster.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';

/** Overwrites bytes of a file, as a dying disk does. */
function damage(file: string, offset: number, bytes: number): void {
  const opened = openSync(file, 'r+');
  writeSync(opened, Buffer.alloc(bytes, 0x5a), 0, bytes, offset);
  closeSync(opened);
}

describe('a damaged database', () => {
  let cluster: TestCluster;
  let alice: Person;
  let file: string;
  beforeEach(async () => {
    cluster = await TestCluster.of('server1', 'server2');
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    for (let i = 0; i < 40; i++) await sendTo(as(cluster.get('server1').caller, alice), alice, `${i} ${'x'.repeat(2000)}`);
    await cluster.settled();
    file = join(cluster.dir, 'server2.db');
    await cluster.stop('server2');
  });
  afterEach(() => cluster.close());

  const setAsideFiles = () => readdirSync(cluster.dir).filter((name) => name.startsWith('server2.db.corrupt-'));

  test.each([
    ['in the middle', () => damage(file, Math.floor(statSync(file).size / 8192) * 4096, 4 * 4096)],
    ['at its end, which is cut off', () => writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size / 2))],
    ['in its header', () => damage(file, 0, 100)],
    ['in the middle, with a write-ahead log that a kill left', () => {
      const db = new Database(file);
      db.exec('PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(10000))');
      const wal = readFileSync(`${file}-wal`);
      db.close();
      damage(file, Math.floor(statSync(file).size / 8192) * 4096, 4 * 4096);
      writeFileSync(`${file}-wal`, wal);
    }],
  ])('[Q1] damaged %s, it is set aside, and the replica joins anew under a new id', async (_, ruin) => {
    const { replicas: before } = await cluster.get('server1').caller.call('getCluster', {});
    ruin();
    const ruined = readFileSync(file);
    await cluster.start('server2');
    await cluster.settled();
    const { store } = cluster.get('server2').server;
    expect(store.vector.equals(cluster.get('server1').server.store.vector)).toBe(true);
    const { conversations } = await as(cluster.get('server2').caller, alice).call('listConversations', {});
    expect(conversations[0]?.lastMessage?.text).toMatch(/^39 /);
    const names = setAsideFiles();
    expect(names.filter((name) => /^server2\.db\.corrupt-\d{8}T\d{6}Z$/.test(name))).toHaveLength(1);
    expect(readFileSync(join(cluster.dir, names.sort()[0] ?? '')).equals(ruined)).toBe(true);
    const { replicas } = await cluster.get('server1').caller.call('getCluster', {});
    expect(replicas).toHaveLength(2);
    expect(before.map(({ replicaId }) => replicaId)).not.toContain(store.getLocal('replica_id'));
    expect(cluster.fatal).toEqual([]);
  }, 30_000);

  test('[Q1] with nobody to copy from it refuses to start, says what to do, and nothing is moved', async () => {
    damage(file, Math.floor(statSync(file).size / 8192) * 4096, 4 * 4096);
    const ruined = readFileSync(file);
    for (const config of [{ seeds: [] }, { first: true }, { seeds: ['127.0.0.1:1'], advertise: '127.0.0.1:1' }]) {
      const refused = cluster.begin('server2', config);
      await expect(refused).rejects.toThrow(UnusableDatabase);
      await expect(refused).rejects.toThrow(/server2\.db is damaged \(.+\); start the replica with --join .* or restore a backup$/);
    }
    expect(readFileSync(file).equals(ruined)).toBe(true);
    expect(setAsideFiles()).toEqual([]);
  }, 30_000);

  test('[Q1] in the place of a damaged file no cluster is begun, also when it is started again alone before it could join', async () => {
    damage(file, Math.floor(statSync(file).size / 8192) * 4096, 4 * 4096);
    const { address } = cluster.get('server1');
    await cluster.stop('server1');
    await cluster.begin('server2', { seeds: [address] });
    expect(setAsideFiles()).not.toEqual([]);
    await cluster.stop('server2');
    await cluster.begin('server2', { seeds: [] });
    await until(() => cluster.fatal.length > 0, 'the refusal');
    expect(cluster.fatal[0]).toMatch(/damaged and is set aside; start the replica with --join/);
    await cluster.stop('server2');
    await cluster.start('server1', { seeds: [] });
    await cluster.start('server2');
    await cluster.settled();
    expect((await as(cluster.get('server2').caller, alice).call('listConversations', {})).conversations).toHaveLength(1);
  }, 30_000);
});
