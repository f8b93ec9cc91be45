import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { bundle, discard } from './bundle.ts';
import { Totals } from './counters.ts';
import { failedSeeds } from './failed-seeds.ts';
import { findPlanted } from './find-planted.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { seedsFrom } from './plan.ts';
import { runSeeds } from './pool.ts';
import type { Result } from './worker.ts';

/** The last lines of a failing run's trace that are printed; `--trace` prints all of one run. */
const TAIL_LINES = 40;
const MAX_LINE = 240;

const { values } = parseArgs({
  options: {
    /** How many runs, from `seed` on. */
    runs: { type: 'string', default: '1000' },
    /** The first seed; without it a random one, which is printed. */
    seed: { type: 'string' },
    /** Only seeds whose plans are of this style. */
    style: { type: 'string' },
    /** Also the seeds that failed once. */
    failed: { type: 'boolean', default: false },
    /** Also look for every planted bug whose name has these words (all with ''). */
    planted: { type: 'string' },
    trace: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(cpus().length) },
    /** Runs that making a failing plan smaller may take. */
    shrink: { type: 'string', default: '200' },
  },
});

const workers = Number(values.workers);
const first = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const seeds = seedsFrom(first, Number(values.runs), values.style);
if (seeds.length > 0) await search([...(values.failed ? failedSeeds() : []), ...seeds]);
if (values.planted !== undefined) await searchPlanted(values.planted);

/** Runs the seeds, and tells what failed and how often what happened. */
async function search(all: readonly number[]): Promise<void> {
  console.log(`simulation: ${all.length} runs, from seed ${first}`);
  const file = await bundle();
  const totals = new Totals();
  const before = process.cpuUsage();
  const started = performance.now();
  let failures = 0;
  try {
    for await (const result of runSeeds(file, all, { workers, keepsTrace: values.trace, shrinkRuns: values.trace ? 0 : Number(values.shrink) })) {
      totals.add(result.counts);
      if (values.trace) console.log(result.trace.join('\n'));
      if (result.violation === undefined) continue;
      failures += 1;
      tellFailure(result);
    }
  } finally {
    discard(file);
  }
  console.log(totals.table().join('\n'));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  console.log(`${all.length} runs, ${failures} failed; ${((user + system) / 1000 / all.length).toFixed(1)} ms CPU a run; ${seconds.toFixed(1)} s, ${Math.round((all.length / seconds) * 60)} runs a minute`);
  if (failures > 0) process.exitCode = 1;
}

function tellFailure({ seed, violation, smallest, trace }: Result): void {
  console.log(`seed ${seed}: ${violation}`);
  if (smallest) {
    console.log(`  happens with: ${smallest.actions.map(({ deed, atMs }) => `${deed} at ${Math.round(atMs)}`).join(', ')}`);
    for (const line of trace.slice(-TAIL_LINES)) console.log(`  ${line.slice(0, MAX_LINE)}`);
  }
  console.log(`  again: npm run sim -- --seed ${seed} --runs 1 --trace`);
}

/** Every planted bug has to be found within its budget. */
async function searchPlanted(words: string): Promise<void> {
  for (const bug of PLANTED_BUGS.filter(({ name }) => name.includes(words))) {
    const found = await findPlanted(bug, workers);
    console.log(found ? `planted: found in ${found.runs} of ${bug.maxRuns} runs: ${bug.name}: ${found.violation.slice(0, MAX_LINE)}` : `planted: NOT FOUND in ${bug.maxRuns} runs: ${bug.name}`);
    if (!found) process.exitCode = 1;
  }
}
