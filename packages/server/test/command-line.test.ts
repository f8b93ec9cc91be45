import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from '@parley/sqlite';

const MAIN = join(__dirname, '../dist/main.js');

/** The program that users run, as `tsc -b` built it. */
function run(dir: string, args: string[]) {
  const child = spawn(process.execPath, [MAIN, '--host', '127.0.0.1', '--port', '0', '--http-port', '0', ...args], { cwd: dir });
  const told = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (told.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (told.stderr += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const ready = new Promise<void>((resolve) => child.stdout.on('data', () => told.stdout.includes('"ready"') && resolve()));
  return { told, ended, ready, end: () => child.kill('SIGTERM') };
}

describe('parley-server', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'parley-main-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const refuses = async (args: string[], line: RegExp) => {
    const before = readdirSync(dir);
    const { told, ended } = run(dir, args);
    expect({ code: await ended, line: told.stderr }).toEqual({ code: 2, line: expect.stringMatching(line) });
    expect(told.stderr.trim()).not.toContain('\n');
    expect(readdirSync(dir)).toEqual(before);
  };

  test('a bad flag, a missing secret, a database that is not ours or is newer: one line, exit code 2, nothing written', async () => {
    await refuses(['--prot', '1'], /--prot/);
    await refuses(['--join', 'nowhere:1'], /no cluster secret/);
    writeFileSync(join(dir, 'cluster-secret'), 'short');
    await refuses([], /shorter than 32/);
    rmSync(join(dir, 'cluster-secret'));
    writeFileSync(join(dir, 'notes.txt'), 'not a database, but long enough to be taken for one if nobody looks');
    await refuses(['--db-file', 'notes.txt'], /notes\.txt cannot be opened/);
    const other = new Database(join(dir, 'other.db'));
    other.exec('CREATE TABLE t (x)');
    other.close();
    await refuses(['--db-file', 'other.db'], /not a Parley database/);
    await refuses(['--cluster-secret-file', 'notes.txt/secret'], /cannot be written/);
  }, 20_000);

  test('a port in use: one line, exit code 2, nothing written', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    const port = String(typeof bound === 'object' && bound ? bound.port : 0);
    await refuses(['--port', port], /something else listens there/);
    await refuses(['--http-port', port], /--http-port .* something else listens there/);
    await new Promise((resolve) => server.close(resolve));
  }, 20_000);

  test('a database and a secret of its own, for this user alone; a second process on them is refused; SIGTERM ends it with 0', async () => {
    const first = run(dir, ['--db-file', 'data/a.db']);
    await first.ready;
    for (const file of ['data', 'data/a.db', 'data/cluster-secret']) expect(statSync(join(dir, file)).mode & 0o077).toBe(0);
    const second = run(dir, ['--db-file', 'data/a.db']);
    expect(await second.ended).toBe(2);
    expect(second.told.stderr).toMatch(/in use by another parley-server/);
    first.end();
    expect(await first.ended).toBe(0);
    expect(existsSync(join(dir, 'data/a.db-wal'))).toBe(false);
    for (const line of first.told.stdout.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  }, 20_000);

  test('[B1] rebuild makes the tables anew, tells what it did, and refuses a file in use, none, another flag, and a log that is damaged', async () => {
    const rebuild = async (...args: string[]) => {
      const child = spawn(process.execPath, [MAIN, 'rebuild', ...args], { cwd: dir });
      const told = { stdout: '', stderr: '' };
      child.stdout.on('data', (data: Buffer) => (told.stdout += data.toString()));
      child.stderr.on('data', (data: Buffer) => (told.stderr += data.toString()));
      return { code: await new Promise<number | null>((resolve) => child.on('close', resolve)), ...told };
    };
    const server = run(dir, ['--db-file', 'a.db']);
    await server.ready;
    expect(await rebuild('--db-file', 'a.db')).toMatchObject({ code: 2, stderr: expect.stringMatching(/a\.db is in use by another parley-server/) });
    server.end();
    await server.ended;
    const db = () => new Database(join(dir, 'a.db'));
    const damaging = db();
    const row = damaging.prepare('SELECT * FROM replicas').get();
    damaging.exec("UPDATE replicas SET name = 'forged'; INSERT INTO hidden VALUES ('a', 'b', 'c', 1, 1, 1, 1)");
    damaging.close();
    const { code, stdout } = await rebuild('--db-file', 'a.db');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/log of 1 changes\n[^]*hidden: 0 rows, 1 before\n[^]*done in/)]);
    const mended = db();
    expect(mended.prepare('SELECT * FROM replicas').get()).toEqual(row);
    mended.exec('UPDATE changes SET change = substr(change, 1, 40)');
    mended.close();
    expect(await rebuild('--db-file', 'a.db')).toMatchObject({ code: 2, stderr: expect.stringMatching(/left as it was: change 1 of origin \d+ in the log is damaged[^]*--join/) });
    expect(await rebuild('--db-file', 'none.db')).toMatchObject({ code: 2, stderr: expect.stringMatching(/no such file/) });
    expect(await rebuild('--db-file', 'a.db', '--first')).toMatchObject({ code: 2, stderr: expect.stringMatching(/--db-file only/) });
    expect(await rebuild()).toMatchObject({ code: 2, stderr: expect.stringMatching(/needs --db-file/) });
    expect(readdirSync(dir)).not.toContain('none.db');
    expect(await rebuild('--help')).toMatchObject({ code: 0, stdout: expect.stringMatching(/parley-server rebuild --db-file FILE/) });
  }, 30_000);
});
