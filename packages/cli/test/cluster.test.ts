import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from '@parley/sqlite';
import { createChild } from '../../../scripts/local-cluster/child.ts';
import { freePorts } from '../../../scripts/local-cluster/ports.ts';
import { until } from '../../../scripts/local-cluster/until.ts';
import { jsonLines, type Ran, runParley } from './run-parley.ts';
import { ServerProcesses } from './server-processes.ts';

interface Row {
  readonly name: string;
  readonly state: string;
  readonly [field: string]: unknown;
}

describe('parley cluster', () => {
  let cluster: ServerProcesses;
  beforeAll(async () => {
    cluster = await ServerProcesses.start(3);
  }, 60_000);
  afterAll(() => cluster.close());

  const parley = (...args: string[]): Promise<Ran> => runParley(['--servers', cluster.addresses, '--state-file', join(cluster.dir, 'operator.json'), 'cluster', ...args]);
  const secret = (): string[] => ['--cluster-secret-file', cluster.secretFile];
  const rows = async (): Promise<Row[]> => {
    const ran = await parley('status', '--json');
    const [status] = jsonLines(ran);
    return status?.['replicas'] as Row[];
  };
  const allLive = (count: number) => async (): Promise<boolean> => {
    const all = await rows();
    return all.length === count && all.every(({ state, level }) => state === 'live' && level === true);
  };

  test('status: a table, or JSON, of state, lag, agreement, clock and size; nobody has to sign in; 0 where all is well', async () => {
    await until(allLive(3), { what: 'all are live and level', timeoutMs: 20_000 });
    const ran = await parley('status');
    expect(ran).toMatchObject({ code: 0, stderr: '3 of 3 replicas live.\n' });
    const [headings, first, ...others] = ran.stdout.trimEnd().split('\n');
    expect(headings).toMatch(/^NAME +ADDRESS +STATE +ROUND TRIP +LAG +LOG +TABLES +CLOCK +DATABASE +ALARMS$/);
    expect(first).toMatch(/^server1\* +127\.0\.0\.1:\d+ +live +up to date +equal +\d+ kB$/);
    for (const line of others) expect(line).toMatch(/^server[23] +127\.0\.0\.1:\d+ +live +(<1|\d+) ms +up to date +equal +[+-]\d+ ms +\d+ kB$/);
    expect(ran.stdout).not.toContain('\x1b');
    const all = await rows();
    expect(all.map(({ name, self, alarms }) => [name, self, alarms])).toEqual([['server1', true, []], ['server2', false, []], ['server3', false, []]]);
    for (const { databaseBytes, lagChanges } of all) expect([Number(databaseBytes) > 10_000, lagChanges]).toEqual([true, 0]);
    expect((await parley('status', '--plain')).stdout.split('\n')[0]?.split('\t')).toHaveLength(10);
  }, 40_000);

  test('verify: 0 where all are equal; 8 where one differs or cannot be compared; status shows it', async () => {
    await until(allLive(3), { what: 'all are live and level', timeoutMs: 20_000 });
    for (const name of ['alice', 'bob']) {
      await runParley(['create-account', name, '--servers', cluster.addresses, '--state-file', join(cluster.dir, `${name}.json`)], { env: { PARLEY_PASSWORD: 'correct horse' } });
    }
    expect(await runParley(['send', 'bob', 'as it was', '--state-file', join(cluster.dir, 'alice.json')])).toMatchObject({ code: 0 });
    await until(allLive(3), { what: 'all are live and level', timeoutMs: 20_000 });
    const verify = (...args: string[]): Promise<Ran> => parley('verify', ...args, ...secret());
    const equal = await verify();
    expect(equal).toMatchObject({ code: 0, stderr: 'server1 compares itself with its log and with 2 others …\n' });
    expect(equal.stdout).toMatch(/^NAME +TABLES\nserver1 +equal\nserver[23] +equal\nserver[23] +equal\n$/);
    expect((await rows()).map(({ tables }) => tables)).toEqual(['equal', 'equal', 'equal']);

    const meddler = new Database(join(cluster.dir, 'server2.db'));
    meddler.exec("UPDATE messages SET text = 'as it was not'");
    meddler.close();
    const differs = await verify('--json');
    expect(differs).toMatchObject({ code: 8, stderr: expect.stringMatching(/server2: its tables differ, .* parley-server rebuild/) });
    const [{ replicas } = {}] = jsonLines(differs) as { replicas?: Row[] }[];
    expect(replicas?.map(({ name, result }) => [name, result]).sort()).toEqual([['server1', 'equal'], ['server2', 'differs'], ['server3', 'equal']]);
    expect(await parley('status')).toMatchObject({ code: 8, stdout: expect.stringMatching(/server2 .* equal +differ .* tables\n/) });

    const { process: second } = cluster.named('server2');
    await second.stop();
    expect(await verify()).toMatchObject({ code: 8, stdout: expect.stringMatching(/server2 +not compared/), stderr: expect.stringMatching(/server2: could not be compared/) });
    await promisify(execFile)(process.execPath, [join(__dirname, '../../server/dist/main.js'), 'rebuild', '--db-file', join(cluster.dir, 'server2.db')]);
    second.start();
    await until(async () => (await rows()).every(({ state, level }) => state === 'live' && level === true), { what: 'server2 is back', timeoutMs: 20_000 });
    expect(await verify('--quiet')).toMatchObject({ code: 0, stderr: '' });
    writeFileSync(join(cluster.dir, 'wrong-secret'), 'x'.repeat(40));
    expect(await parley('verify', '--cluster-secret-file', join(cluster.dir, 'wrong-secret'))).toMatchObject({ code: 3, stdout: '' });
  }, 90_000);

  test('join-command prints what starts a further replica; remove takes it out, and only who has the secret may', async () => {
    await until(allLive(3), { what: 'all are live and level', timeoutMs: 20_000 });
    const [port = 0, httpPort = 0] = await freePorts(2, 24_950);
    const ran = await parley('join-command', '127.0.0.1', '--port', String(port), '--http-port', String(httpPort), '--name', 'the fourth');
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/copy of the cluster's secret/) });
    expect(ran.stdout.trimEnd()).not.toContain('\n');
    // A machine with Parley built and the secret copied.
    const machine = join(cluster.dir, 'machine');
    mkdirSync(machine);
    symlinkSync(join(__dirname, '../..'), join(machine, 'packages'));
    copyFileSync(cluster.secretFile, join(machine, 'cluster-secret'));
    const fourth = createChild({ name: 'fourth', command: 'sh', args: ['-c', `cd '${machine}' && mkdir data && exec ${ran.stdout}`], restart: false, print: () => undefined });
    fourth.start();
    try {
      await until(allLive(4), { what: 'the fourth has joined', timeoutMs: 30_000 });
    } finally {
      await fourth.stop();
    }

    expect(await parley('remove', 'nobody', '--confirm', 'nobody', ...secret())).toMatchObject({ code: 4, stderr: expect.stringMatching(/has server1, server2, server3, the fourth/) });
    expect(await parley('remove', 'the fourth', ...secret())).toMatchObject({ code: 2, stderr: expect.stringMatching(/--confirm the fourth/) });
    expect(await parley('remove', 'the fourth', '--confirm', 'server1', ...secret())).toMatchObject({ code: 2, stderr: expect.stringMatching(/Nothing was removed/) });
    const other = join(cluster.dir, 'other-secret');
    writeFileSync(other, 'x'.repeat(40));
    expect(await parley('remove', 'the fourth', '--confirm', 'the fourth', '--cluster-secret-file', other)).toMatchObject({ code: 3 });
    expect(await rows()).toHaveLength(4);
    const removed = await parley('remove', 'the fourth', '--confirm', 'the fourth', '--json', ...secret());
    expect(removed).toMatchObject({ code: 0, stderr: '' });
    expect(jsonLines(removed)).toEqual([{ name: 'the fourth', replicaId: expect.stringMatching(/^[a-z2-7]{26}$/), stored: 3, replicas: 3 }]);
    expect((await rows()).map(({ name }) => name)).toEqual(['server1', 'server2', 'server3']);
  }, 90_000);

  test('status: 8 where one is dead', async () => {
    await cluster.named('server2').process.kill();
    const isDead = async (): Promise<boolean> => (await rows()).some(({ name, state, databaseBytes }) => name === 'server2' && state === 'dead' && databaseBytes === undefined);
    await until(isDead, { what: 'server2 is dead', timeoutMs: 20_000 });
    // What is written meanwhile it lacks, for longer and longer.
    await runParley(['create-account', 'late', '--servers', cluster.addresses, '--state-file', join(cluster.dir, 'late.json')], { env: { PARLEY_PASSWORD: 'correct horse' } });
    const lag = async (): Promise<number> => Number((await rows()).find(({ name }) => name === 'server2')?.['lagMs']);
    await until(async () => (await lag()) > 1_000, { what: 'it lags by more than a second', timeoutMs: 20_000 });
    const ran = await parley('status');
    expect(ran).toMatchObject({ code: 8, stdout: expect.stringMatching(/server2 .* dead .* \d+ changes, \d+(\.\d)? s /), stderr: '2 of 3 replicas live.\n' });
    cluster.named('server2').process.start();
    await until(allLive(3), { what: 'server2 is back', timeoutMs: 30_000 });
  }, 60_000);
});
