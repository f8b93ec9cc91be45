import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ParleyClient } from '../src/client.ts';
import { MemoryStorage } from '../src/storages/memory.ts';
import { grpcJsTransport } from '../src/transports/grpc-js.ts';
import { waitFor } from '../src/wait-for.ts';
import { ServerProcesses } from './real/server-processes.ts';

const PACKAGE = join(__dirname, '..');
const ROOT = join(PACKAGE, '../..');

const README = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
const examples = [...README.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '');

let processes: ServerProcesses;
let dir: string;

beforeAll(async () => {
  processes = await ServerProcesses.start({ root: ROOT, count: 1 });
  dir = mkdtempSync(join(tmpdir(), 'parley-readme-'));
}, 60_000);
afterAll(async () => {
  await processes.close();
  rmSync(dir, { recursive: true, force: true });
});

/** How to run an example as it stands, but for the server's address. */
function commandFor(index: number): readonly string[] {
  // Within the package, where its own name leads to it; not among the sources.
  const file = join(PACKAGE, 'dist', 'readme', `${index}.ts`);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, examples[index]?.replaceAll('localhost:50051', processes.servers[0]?.address ?? '') ?? '');
  return ['--import', require.resolve('tsx'), '--conditions=parley-source', file];
}

test('the README has the examples that are tested here', () => {
  expect(examples).toHaveLength(4);
});

test('the first example does what it says', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, commandFor(0), { cwd: dir, timeout: 30_000 });
  expect(stdout).toMatch(/a note to myself \{\s+status: 'stored',\s+stored: 1,\s+replicas: 1,\s+onAllUp: true/);
  expect(stdout).toMatch(/ACCOUNT_NOT_FOUND .*nobody/);
}, 60_000);

test('the bot answers', async () => {
  const bot: ChildProcess = spawn(process.execPath, commandFor(1), { cwd: dir, stdio: 'inherit' });
  const client = new ParleyClient({ servers: [processes.servers[0]?.address ?? ''], transport: grpcJsTransport(), storage: new MemoryStorage() });
  try {
    await client.createAccount('bob', 'correct horse');
    await waitFor(client, ({ accounts }) => accounts.some(({ username }) => username === 'bot'), { timeoutMs: 30_000 });
    const conversationId = await client.sendTo('bot', 'hi');
    await client.openConversation(conversationId);
    await waitFor(client, ({ timelines }) => timelines.get(conversationId)?.messages.some(({ text }) => text === 'You said: hi'), { timeoutMs: 30_000 });
  } finally {
    await client.close();
    const ended = new Promise((resolve) => bot.once('exit', resolve));
    bot.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
}, 90_000);

test.each([[2, 'open-parley.ts'], [3, 'engine-worker.ts']])("example %i is the page's own %s", (index, file) => {
  expect(examples[index]).toBe(readFileSync(join(ROOT, 'packages/web-client/src', file), 'utf8'));
});
