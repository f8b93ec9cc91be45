/**
 * `npm run faults`: real servers, real files and the client library, under faults; what clients saw is checked against what
 * the files hold. Exits with 1 when a promise was broken, and then keeps the history and the servers' log.
 *
 *   --minutes N       minutes of faults (1)
 *   --seed S          which faults, in which order (at random)
 *   --replicas 3|4    with 4 the fourth joins in mid-traffic (4)
 */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findProgram } from '../scripts/local-cluster/programs.ts';
import { check } from './checker.ts';
import { joinWithDonorKilled } from './join.ts';
import { Nemesis } from './nemesis.ts';
import { measureWaits, table } from './report.ts';
import { settle } from './settle.ts';
import { Trial } from './trial.ts';

const MAX_MINUTES = 24 * 60;
const PROGRESS_EVERY_MS = 10_000;
/** The fourth replica joins after this share of the time. */
const JOIN_AFTER = 0.25;
/** Seeds that are drawn: below this. */
const SEEDS = 2 ** 31;
const MOST_SHOWN = 20;

const say = (line: string): void => console.log(`faults: ${line}`);

// Not by the exit code alone: Node 20 waits for ever, at its very end, for what was under way on sockets that were reset.
process.exit(await main());

async function main(): Promise<number> {
  const flags = readFlags();
  if (typeof flags === 'string') {
    say(`${flags}\nusage: npm run faults [-- --minutes N --seed S --replicas 3|4]`);
    return 2;
  }
  const { minutes, seed, replicas } = flags;
  say(`seed ${seed}, ${minutes} min, ${replicas} replicas`);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  const trial = await Trial.prepare(seed, replicas);
  let isFine = false;
  try {
    isFine = await run(trial, minutes, seed, interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) say(`FAILED: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  } finally {
    await trial.close();
  }
  if (interrupted.signal.aborted) say('interrupted; everything that was started is ended');
  if (isFine) rmSync(trial.dir, { recursive: true, force: true });
  else say(`the history, the servers' log and their files are in ${trial.dir}; run again with --seed ${seed}`);
  return isFine ? 0 : 1;
}

/** Resolves to whether all promises were kept. */
async function run(trial: Trial, minutes: number, seed: number, interrupted: AbortSignal): Promise<boolean> {
  for (const replica of trial.founders) replica.start();
  await Promise.all(trial.founders.map((replica) => replica.waitUntilReady(interrupted)));
  await Promise.all(trial.people.map((person) => person.begin()));
  say(`${trial.people.length} people are signed in`);
  for (const person of trial.people) person.work();

  const end = new AbortController();
  const over = end.signal;
  const timer = setTimeout(() => end.abort(), minutes * 60_000);
  interrupted.addEventListener('abort', () => end.abort());
  const exposed = [...trial.founders];
  const without = new Set(findProgram('prlimit') === undefined ? ['full disk'] : []);
  for (const name of without) say(`SKIPPED ${name}: there is no prlimit here (util-linux has it)`);
  const nemesis = new Nemesis({ seed, history: trial.history, target: trial.target(() => exposed, over), without, onProblem: (what) => trial.problem(what) });
  const startedAt = performance.now();
  const stopTelling = tellProgress(trial, nemesis, startedAt, minutes);
  nemesis.start();
  const joined = join4(trial, nemesis, minutes, over).then((isJoined) => {
    if (isJoined && trial.joiner) exposed.push(trial.joiner);
  });
  await once(over, 'abort');
  clearTimeout(timer);
  await Promise.all([nemesis.ended(), joined]);
  stopTelling();
  if (interrupted.aborted) return false;

  say('faults are over; waiting until all agree');
  const ran = (performance.now() - startedAt) / 60_000;
  const final = await settle(trial);
  const verdict = check(trial.history.events, final);
  const diskErrors = trial.replicas.reduce((sum, replica) => sum + replica.diskErrors, 0);
  if (diskErrors === 0 && (nemesis.counts.get('full disk') ?? 0) > 0) trial.problem('a full disk refused no write: this run proves nothing about it');
  if (without.size > 0 && process.env['PARLEY_E2E_REQUIRED'] === '1') trial.problem('PARLEY_E2E_REQUIRED=1 and something was skipped');
  const report = table(ran, nemesis.counts, diskErrors, verdict, measureWaits(trial.history.events));
  console.log(`\n${report}\n`);
  for (const { what, detail } of verdict.violations.slice(0, MOST_SHOWN)) say(`BROKEN ${what}: ${detail}`);
  if (verdict.violations.length > MOST_SHOWN) say(`… and ${verdict.violations.length - MOST_SHOWN} more`);
  for (const problem of trial.problems) say(`BROKEN ${problem}`);
  writeFileSync(join(trial.dir, 'broken.json'), JSON.stringify({ seed, violations: verdict.violations, problems: trial.problems }, undefined, 2));
  return verdict.violations.length === 0 && trial.problems.length === 0;
}

/** Lets the fourth replica join in mid-traffic, its donor killed meanwhile. False where there is none, or it did not get ready. */
async function join4(trial: Trial, nemesis: Nemesis, minutes: number, over: AbortSignal): Promise<boolean> {
  const { founders, history, joiner, network } = trial;
  if (!joiner) return false;
  await delay(JOIN_AFTER * minutes * 60_000, undefined, { signal: over }).catch(() => {});
  let isJoined = false;
  await nemesis.once('join of a fourth, its donor killed', async () => {
    const { killedDonor } = await joinWithDonorKilled(joiner, founders, network);
    isJoined = true;
    say(killedDonor === undefined ? 'server4 has joined; its copying was too fast to be interrupted' : `server4 has joined, although ${killedDonor} was killed while it copied from there`);
    history.add({ type: 'fault', what: `donor killed: ${killedDonor ?? 'none'}`, phase: 'is over' });
  });
  return isJoined;
}

/** Says every ten seconds how far it is; also starts again what ended by itself. Returns how to stop. */
function tellProgress(trial: Trial, nemesis: Nemesis, startedAt: number, minutes: number): () => void {
  const watch = setInterval(() => trial.replicas.forEach((replica) => replica.watch()), 500);
  const progress = setInterval(() => {
    const events = trial.history.events;
    const acknowledged = events.filter(({ type }) => type === 'ok').length;
    const faults = [...nemesis.counts.values()].reduce((sum, count) => sum + count, 0);
    const unsent = trial.people.reduce((sum, person) => sum + person.unsent, 0);
    say(`${Math.round((performance.now() - startedAt) / 1000)} of ${minutes * 60} s: ${faults} faults, ${acknowledged} writes acknowledged, ${unsent} on their way, running: ${trial.replicas.filter(({ isWell }) => isWell).map(({ name }) => name).join(' ')}`);
  }, PROGRESS_EVERY_MS);
  return () => {
    clearInterval(watch);
    clearInterval(progress);
  };
}

function readFlags(): { minutes: number; seed: number; replicas: number } | string {
  try {
    const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' }, replicas: { type: 'string', default: '4' } } });
    const minutes = Number(values.minutes);
    const seed = values.seed === undefined ? Math.floor(Math.random() * SEEDS) : Number(values.seed);
    if (!(minutes > 0 && minutes <= MAX_MINUTES)) return `--minutes ${values.minutes}: give a number up to ${MAX_MINUTES}`;
    if (!Number.isSafeInteger(seed)) return `--seed ${values.seed}: give an integer`;
    if (!['3', '4'].includes(values.replicas)) return `--replicas ${values.replicas}: give 3 or 4`;
    return { minutes, seed, replicas: Number(values.replicas) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
