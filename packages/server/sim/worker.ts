import { parentPort, workerData } from 'node:worker_threads';
import { drawPlan, type Plan } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulation.ts';

/** What a worker is to do. */
export interface Work {
  /** Seeds to run, in this order. */
  readonly seeds: readonly number[];
  readonly keepsTrace: boolean;
  /** Make a failing plan as small as this many runs allow. */
  readonly shrinkRuns: number;
}

/** What came of one seed. */
export interface Result {
  readonly seed: number;
  readonly violation: string | undefined;
  readonly counts: [string, number][];
  readonly digest: string;
  readonly trace: readonly string[];
  /** Of a failing seed: what is left of its plan. */
  readonly smallest: Plan | undefined;
}

/** A promise that nobody waits for was rejected: in a server that ends the process. */
let stray: string | undefined;
process.on('unhandledRejection', (reason) => {
  stray ??= reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
});

async function run({ seeds, keepsTrace, shrinkRuns }: Work): Promise<void> {
  // Calls fail by the hundred in a run, and nobody looks at where in the program; a run with its trace tells.
  if (!keepsTrace) Error.stackTraceLimit = 0;
  for (const seed of seeds) {
    const plan = drawPlan(seed);
    const outcome = await simulate(plan, keepsTrace);
    const violation = outcome.violation ?? (stray === undefined ? undefined : `unhandled: ${stray}`);
    stray = undefined;
    const smallest = outcome.violation !== undefined && shrinkRuns > 0 ? await shrink(plan, outcome.violation, shrinkRuns) : undefined;
    const traced = smallest ? await simulate(smallest, true) : outcome;
    const result: Result = { seed, violation, counts: [...outcome.counts], digest: outcome.digest, trace: traced.trace, smallest };
    parentPort?.postMessage(result);
  }
}

run(workerData as Work).then(
  () => parentPort?.close(),
  (error: unknown) =>
    void setImmediate(() => {
      throw error;
    }),
);
