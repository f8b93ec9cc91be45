/**
 * `npm run faults:fsync`: kill -9 says nothing of fsync, as the system keeps what was written. This traces the system calls of two servers
 * while somebody writes, and shows that no acknowledgement leaves before the fsync of the write-ahead log has returned, on each
 * replica. Then it does the same with a server that does not sync, and demands that this is found.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { ParleyClient } from '@parley/client/client';
import { MemoryStorage } from '@parley/client/storages/memory';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';
import { createChild } from '../scripts/local-cluster/child.ts';
import { freePorts } from '../scripts/local-cluster/ports.ts';
import { findProgram } from '../scripts/local-cluster/programs.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { checkFsyncOrder, type FsyncVerdict } from './fsync-order.ts';
import { parseTrace } from './strace-lines.ts';

const SERVER_DIR = join(import.meta.dirname, '..', 'packages', 'server');
const HOST = '127.0.0.1';
const FIRST_PORT = Number(process.env['PARLEY_FAULTS_FIRST_PORT'] ?? 20_000 + Math.floor(Math.random() * 10_000));
const TIMEOUT_MS = 60_000;
/** Messages that are sent, one after the other. */
const MESSAGES = 20;
const MOST_SHOWN = 3;
/** Longer than a page of the log as strace writes it down. */
const SHOWN_BYTES = 6000;
const TRACED = 'fsync,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg';

/** As shells say it of SIGINT. */
const INTERRUPTED = 130;

const say = (line: string): void => console.log(`fsync: ${line}`);

// Ending so ends the servers too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(INTERRUPTED));

process.exitCode = await main();

async function main(): Promise<number> {
  const strace = findProgram('strace');
  const lacking = strace === undefined ? 'there is no strace here (install it)' : whyNoTracing(strace);
  if (strace === undefined || lacking !== undefined) {
    say(`SKIPPED: ${lacking}`);
    if (process.env['PARLEY_E2E_REQUIRED'] !== '1') return 0;
    say('failed, because PARLEY_E2E_REQUIRED=1 and it was skipped');
    return 1;
  }
  const dir = mkdtempSync(join(tmpdir(), 'parley-fsync-'));
  const faults = [
    ...judge(await trace(strace, dir, 'as it is', join(SERVER_DIR, 'dist')), true),
    ...judge(await trace(strace, dir, 'without sync', withoutSync(dir)), false),
  ];
  for (const fault of faults) say(`FAILED: ${fault}`);
  if (faults.length === 0) rmSync(dir, { recursive: true, force: true });
  else say(`the traces are in ${dir}`);
  return faults.length === 0 ? 0 : 1;
}

interface Traced {
  readonly title: string;
  readonly name: string;
  readonly verdict: FsyncVerdict;
}

/** What is not as it has to be. `isSound`: the server syncs, so nothing may be broken; else everything has to be. */
function judge(traces: readonly Traced[], isSound: boolean): string[] {
  return traces.flatMap(({ title, name, verdict }) => {
    const { commits, answered, stored, said, broken } = verdict;
    say(`${title}: ${name} made ${commits} commits, ${answered} of them followed by an answer; it synced ${stored} of ${MESSAGES} messages and told ${said} of them on; ${broken.length} times it said something before a sync`);
    if (!isSound) return broken.length === 0 ? [`${name} does not sync, and that was not found`] : [];
    // What is not in the trace proves nothing.
    const lacks = answered < MESSAGES || stored < MESSAGES || (name === 'server1' && said < MESSAGES);
    return [...broken.slice(0, MOST_SHOWN).map((what) => `${name}: ${what}`), ...(lacks ? [`${name}: its trace does not show all ${MESSAGES} messages`] : [])];
  });
}

/** Runs two servers of `dist` under strace while somebody writes to the first. */
async function trace(strace: string, parent: string, title: string, dist: string): Promise<Traced[]> {
  const dir = join(parent, title.replaceAll(' ', '-'));
  mkdirSync(dir);
  const secretFile = join(dir, 'cluster-secret');
  writeFileSync(secretFile, randomBytes(32).toString('base64url'), { mode: 0o600 });
  const ports = await freePorts(4, FIRST_PORT);
  const servers = [0, 1].map((index) => {
    const name = `server${index + 1}`;
    const [port = 0, httpPort = 0] = ports.slice(2 * index);
    const output: string[] = [];
    const traceFile = join(dir, `${name}.trace`);
    const child = createChild({
      name,
      command: strace,
      // -D: the server is the child, and strace looks on from beside it.
      args: [
        '-D', '-f', '-ttt', '-yy', '-s', String(SHOWN_BYTES), '-e', `trace=${TRACED}`, '-e', 'signal=none', '-o', traceFile,
        process.execPath, join(dist, 'main.js'), '--name', name, '--host', HOST, '--port', String(port), '--http-port', String(httpPort), '--advertise', `${HOST}:${port}`,
        '--db-file', join(dir, `${name}.db`), '--cluster-secret-file', secretFile, '--replicas', `${HOST}:${ports[0]},${HOST}:${ports[2]}`,
      ],
      restart: false,
      print: (line) => output.push(line),
    });
    return { name, port, httpPort, traceFile, child, output };
  });
  try {
    for (const { child } of servers) child.start();
    for (const { name, httpPort } of servers) {
      await until(async () => (await fetch(`http://${HOST}:${httpPort}/readyz`)).ok, { what: `${name} is ready`, timeoutMs: TIMEOUT_MS });
    }
    const texts = await write(`${HOST}:${servers[0]?.port}`);
    await Promise.all(servers.map(({ child }) => child.stop()));
    for (const { name, traceFile } of servers) await until(() => readFileSync(traceFile, 'utf8').trimEnd().endsWith('+++ exited with 0 +++'), { what: `the trace of ${name} is whole`, timeoutMs: TIMEOUT_MS });
    return servers.map(({ name, port, traceFile }) => ({ title, name, verdict: checkFsyncOrder(parseTrace(readFileSync(traceFile, 'utf8')), texts, port) }));
  } catch (error) {
    for (const line of servers.flatMap(({ output }) => output.slice(-5))) say(line);
    throw error;
  } finally {
    await Promise.all(servers.map(({ child }) => child.kill()));
  }
}

/** Sends messages one after the other, each once the one before is on both replicas; returns their texts. */
async function write(address: string): Promise<string[]> {
  const client = new ParleyClient({ servers: [address], transport: grpcJsTransport(), storage: new MemoryStorage() });
  try {
    await client.createAccount('writer', 'correct horse battery');
    const texts = Array.from({ length: MESSAGES }, (_, index) => `fsync-probe-${index}-${randomBytes(6).toString('hex')}`);
    for (const text of texts) {
      await client.sendTo('writer', text);
      await until(() => client.getSnapshot().unsent === 0, { what: `«${text}» is on two replicas`, timeoutMs: TIMEOUT_MS });
    }
    return texts;
  } finally {
    await client.close();
  }
}

/** A copy of the server that differs from it in one setting of SQLite. */
function withoutSync(parent: string): string {
  const root = join(parent, 'server');
  const file = join(root, 'dist', 'store', 'database.js');
  cpSync(join(SERVER_DIR, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(SERVER_DIR, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(SERVER_DIR, 'node_modules'), join(root, 'node_modules'));
  const source = readFileSync(file, 'utf8');
  const mutated = source.replace('synchronous = FULL', 'synchronous = NORMAL');
  if (mutated === source) throw new Error(`${file} no longer has the line «synchronous = FULL»; faults/fsync.ts takes it out to show that the trace tells`);
  writeFileSync(file, mutated);
  return join(root, 'dist');
}

/** Words for why strace cannot trace here; undefined: it can. */
function whyNoTracing(strace: string): string | undefined {
  const tried = spawnSync(strace, ['-D', '-f', '-yy', '-e', 'trace=write', '-o', '/dev/null', process.execPath, '-e', ''], { encoding: 'utf8', timeout: TIMEOUT_MS });
  return tried.status === 0 ? undefined : `strace cannot trace here (${tried.stderr.trim().split('\n')[0] ?? tried.error?.message ?? 'no reason given'})`;
}
