import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Totals } from './counters.ts';
import { bundle, discard } from './bundle.ts';
import { findPlanted } from './find-planted.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { runSeeds } from './pool.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    workers: { type: 'string', default: String(cpus().length) },
    trace: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    only: { type: 'string' },
    shrink: { type: 'string', default: '200' },
  },
});

if (values.planted) await searchPlanted(Number(values.workers), values.only);
else await searchSeeds();

/** Every planted bug has to be found within its budget. */
async function searchPlanted(workers: number, only = ''): Promise<void> {
  for (const bug of PLANTED_BUGS.filter(({ name }) => name.includes(only))) {
    const found = await findPlanted(bug, workers);
    console.log(found ? `found in ${found.runs} of at most ${bug.maxRuns} runs: ${bug.name}: ${found.violation.slice(0, 160)}` : `NOT FOUND in ${bug.maxRuns} runs: ${bug.name}`);
    if (!found) process.exitCode = 1;
  }
}

async function searchSeeds(): Promise<void> {
  const first = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
  const seeds = Array.from({ length: Number(values.runs) }, (_, index) => first + index);
  const file = await bundle();
  const totals = new Totals();
  let failures = 0;
  const usedBefore = process.cpuUsage();
  const started = performance.now();
  console.log(`${seeds.length} runs from seed ${first}`);
  try {
    for await (const result of runSeeds(file, seeds, { workers: Number(values.workers), keepsTrace: values.trace, shrinkRuns: values.trace ? 0 : Number(values.shrink) })) {
      totals.add(result.counts);
      if (values.trace || (result.violation !== undefined && failures === 0)) console.log(result.trace.join('\n'));
      if (result.violation === undefined) continue;
      failures += 1;
      console.log(`seed ${result.seed}: ${result.violation}`);
      if (result.smallest) console.log(`  smallest plan: ${result.smallest.actions.map(({ deed, atMs }) => `${deed} at ${Math.round(atMs)}`).join(', ')}`);
      console.log(`  npm run sim -- --seed ${result.seed} --runs 1 --trace`);
    }
  } finally {
    discard(file);
  }
  console.log(totals.table().join('\n'));
  const { user, system } = process.cpuUsage(usedBefore);
  const seconds = (performance.now() - started) / 1000;
  console.log(`${seeds.length} runs, ${failures} failed; ${((user + system) / 1000 / seeds.length).toFixed(1)} ms CPU a run; ${seconds.toFixed(1)} s, ${Math.round((seeds.length / seconds) * 60)} runs a minute`);
  process.exitCode = failures > 0 ? 1 : 0;
}
