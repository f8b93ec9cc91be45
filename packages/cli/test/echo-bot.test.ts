import { join } from 'node:path';
import { createChild } from '../../../scripts/local-cluster/child.ts';
import { until } from '../../../scripts/local-cluster/until.ts';
import { runParley } from './run-parley.ts';
import { ServerProcesses } from './server-processes.ts';

test('the bot of examples/ answers each message once, through the death of its server and its own', async () => {
  const cluster = await ServerProcesses.start(2);
  const output: string[] = [];
  const environment = [`ECHO_BOT_STATE=${join(cluster.dir, 'echo.json')}`, 'PARLEY_PASSWORD=correct horse'];
  const bot = createChild({
    name: 'bot', command: 'env', restart: false, print: (line) => output.push(line),
    args: [...environment, process.execPath, '--import', 'tsx', join(__dirname, '../../../examples/echo-bot.ts'), ...cluster.servers.map(({ address }) => address)],
  });
  const alice = async (...args: string[]): Promise<string> => {
    const ran = await runParley(['--servers', cluster.addresses, '--state-file', join(cluster.dir, 'alice.json'), ...args], { env: { PARLEY_PASSWORD: 'correct horse' } });
    if (ran.code !== 0) throw new Error(ran.stderr);
    return ran.stdout;
  };
  const said = async (text: string): Promise<number> => (await alice('read', 'echo', '--all')).split(`echo: You said: ${text}\n`).length - 1;
  const answers = (text: string): Promise<unknown> => until(async () => (await said(text)) === 1, { what: `the bot answers ${text}; it said ${output.join('\n')}`, timeoutMs: 20_000 });
  try {
    await alice('create-account', 'alice');
    bot.start();
    await until(() => output.some((line) => line.includes('The bot is there')), { what: `the bot is there; it said ${output.join('\n')}`, timeoutMs: 20_000 });
    await alice('send', 'echo', 'one');
    await answers('one');
    await cluster.servers[0]?.process.kill();
    await alice('send', 'echo', 'two');
    await answers('two');
    await bot.stop();
    await alice('send', 'echo', 'three');
    bot.start();
    await answers('three');
    for (const text of ['one', 'two']) expect(await said(text)).toBe(1);
  } finally {
    await bot.stop();
    await cluster.close();
  }
}, 90_000);
