/**
 * `npm run faults:disk`: a disk that is really full (ENOSPC). In the other runs a limit of the process stands for it, of which SQLite
 * says something else (SQLITE_IOERR); here one of three servers has its file on a small file system of its own, in a namespace that needs no root
 * where the system allows that, and something else fills it up.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from '../scripts/local-cluster/programs.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { check } from './checker.ts';
import { settle } from './settle.ts';
import { Trial } from './trial.ts';

const INSIDE = 'PARLEY_FAULTS_INSIDE';
const DISK_BYTES = 16 * 1024 * 1024;
const FULL_FOR_MS = 8000;
const TIMEOUT_MS = 30_000;
const BALLAST_CHUNK = Buffer.alloc(4096, 1);

/** As shells say it of SIGINT. */
const INTERRUPTED = 130;

const say = (line: string): void => console.log(`full disk: ${line}`);

// Ending so ends the servers too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(INTERRUPTED));

process.exit(process.env[INSIDE] === '1' ? await main() : await enterNamespace());

/** Runs this program again where it may mount file systems; what it mounts is gone with it. */
async function enterNamespace(): Promise<number> {
  const unshare = findProgram('unshare');
  if (unshare === undefined || spawnSync(unshare, ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status !== 0) {
    say('SKIPPED: this system lets nobody mount a file system in a namespace (unshare -rm)');
    return process.env['PARLEY_E2E_REQUIRED'] === '1' ? 1 : 0;
  }
  const inside = spawn(unshare, ['-rm', process.execPath, '--import', 'tsx', import.meta.filename], { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
  process.on('exit', () => inside.kill('SIGTERM'));
  const [code] = await once(inside, 'exit');
  return typeof code === 'number' ? code : 1;
}

async function main(): Promise<number> {
  const trial = await Trial.prepare(1, 3);
  const [full, ...others] = trial.replicas;
  if (!full) throw new Error('there is no server');
  const disk = dirname(full.dbFile);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]).status !== 0) throw new Error('no file system could be mounted');
  try {
    for (const replica of trial.replicas) replica.start();
    await Promise.all(trial.replicas.map((replica) => replica.waitUntilReady()));
    await Promise.all(trial.people.map((person) => person.begin()));
    for (const person of trial.people) person.work();

    fill(join(disk, 'ballast'));
    await until(() => full.diskErrors > 0, { what: 'the server notices that its disk is full', timeoutMs: TIMEOUT_MS });
    say(`the disk of ${full.name} is full: «${full.lastDiskError}»`);
    const before = acknowledged(trial);
    await delay(FULL_FOR_MS);
    const meanwhile = acknowledged(trial) - before;
    say(`${meanwhile} writes were acknowledged meanwhile; ${full.name} refused ${full.diskErrors} and ${full.isRunning ? 'runs' : 'has ended'}`);
    if (!full.isRunning) trial.problem('the server ended because its disk was full');
    if (!(await full.isReady())) trial.problem('the server says that it is not ready');
    if (meanwhile === 0) trial.problem('nobody could write because one disk was full');
    if (!/full/.test(full.lastDiskError)) trial.problem('SQLite was not told that the disk is full: this proves nothing');
    rmSync(join(disk, 'ballast'));
    await delay(FULL_FOR_MS / 2);

    const verdict = check(trial.history.events, await settle(trial));
    for (const { what, detail } of verdict.violations) say(`BROKEN ${what}: ${detail}`);
    say(`${verdict.acknowledged} writes acknowledged, lost: ${verdict.lost}, duplicates: ${verdict.duplicates}; with space again ${full.name} has the same as ${others.map(({ name }) => name).join(' and ')}`);
    const isFine = verdict.violations.length === 0 && trial.problems.length === 0;
    if (isFine) {
      spawnSync('umount', [disk]);
      rmSync(trial.dir, { recursive: true, force: true });
    } else {
      // What is on the mounted file system goes with this process.
      cpSync(disk, `${disk}-files`, { recursive: true });
      say(`the history, the servers' log and their files are in ${trial.dir}`);
    }
    return isFine ? 0 : 1;
  } finally {
    await trial.close();
  }
}

function acknowledged({ history }: Trial): number {
  return history.events.filter(({ type }) => type === 'ok').length;
}

/** Writes until nothing more goes in: at most what the file system holds. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let written = 0; written <= DISK_BYTES; written += BALLAST_CHUNK.length) writeSync(file, BALLAST_CHUNK);
    throw new Error(`${path}: the file system does not get full`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
}
