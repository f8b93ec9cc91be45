import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { TestCluster, until } from './cluster.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';

const MAIN = join(__dirname, '../dist/main.js');
/** As the fixture has it: what an outage may cost. */
const ACK_TIMEOUT_MS = 1500;

describe('an outage costs one timeout', () => {
  let cluster: TestCluster;
  let alice: Person;
  let child: ChildProcess | undefined;
  const stateOf = async (name: string) => {
    const { replicas } = await cluster.get('server1').caller.call('getCluster', {});
    return replicas.find((replica) => replica.name === name);
  };
  const downs = (name: string) => cluster.logged.filter(({ server, msg, peer }) => server === 'server1' && peer === name && msg.startsWith('peer is down'));
  /** Sends so many messages one after another; resolves to how many copies each had, and how many took as long as an ack timeout. */
  const burst = async (count: number, text = 'hello') => {
    const copies: number[] = [];
    let slow = 0;
    for (let i = 0; i < count; i++) {
      const since = performance.now();
      const sent = await sendTo(as(cluster.get('server1').caller, alice), alice, text);
      if (performance.now() - since > 0.9 * ACK_TIMEOUT_MS) slow++;
      copies.push(sent.copies?.stored ?? 0);
      expect(sent.copies?.replicas).toBe(3);
    }
    return { copies, slow };
  };

  beforeEach(() => {
    cluster = new TestCluster();
    child = undefined;
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await cluster.close();
  }, 20_000);

  test('[A2] a link that is half open: calls neither arrive nor fail', async () => {
    for (const name of ['server1', 'server2', 'server3']) await cluster.start(name);
    await cluster.settled();
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    await cluster.settled();
    const release = cluster.hold('server1', 'server3');
    cluster.cut('server2', 'server3');
    const { copies, slow } = await burst(8);
    expect(slow).toBe(1);
    expect(copies).toEqual(Array(8).fill(2));
    expect(downs('server3')).toHaveLength(1);
    release();
    cluster.heal();
    await cluster.settled();
    expect((await burst(1)).copies).toEqual([3]);
  }, 40_000);

  test('[A2] a replica whose disk is full: it answers, but stores nothing', async () => {
    for (const name of ['server1', 'server2']) await cluster.start(name);
    const { address } = cluster.get('server1');
    // No file of this process may grow beyond 600 KiB, as on a disk without space.
    const flags = ['--host', '127.0.0.1', '--port', '0', '--http-port', '0', '--db-file', `${cluster.dir}/full.db`, '--cluster-secret-file', cluster.secretFile, '--advertise', '127.0.0.1:0', '--name', 'full', '--join', address];
    child = spawn('bash', ['-c', 'ulimit -f 600 && exec "$@"', 'bash', process.execPath, MAIN, ...flags], { stdio: 'ignore' });
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    await until(async () => (await stateOf('full'))?.level === true && (await stateOf('full'))?.state === 1, 'the third replica to be live');
    expect((await burst(1)).copies).toEqual([3]);

    const { copies, slow } = await burst(60, 'x'.repeat(8000));
    expect(copies).toContain(3);
    expect(copies.at(-1)).toBe(2);
    // Once it is full it stays so: no copy of it is claimed again, and only the write that found it out waited.
    const found = copies.indexOf(2);
    expect(copies.slice(found)).toEqual(Array(60 - found).fill(2));
    expect(slow).toBe(1);
    // It answers all the time; that alone does not bring it back.
    const since = performance.now();
    await until(() => performance.now() - since > 4000, 'some heartbeats to pass');
    expect((await burst(3)).slow).toBe(0);
    expect(await stateOf('full')).toMatchObject({ state: 2, level: false });
    expect((await stateOf('full'))?.lastReportMsAgo).toBeLessThan(3000);
    expect(downs('full')).toHaveLength(1);
    expect(child.exitCode).toBeNull();
  }, 60_000);
});
