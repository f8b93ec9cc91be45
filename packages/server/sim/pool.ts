import { Worker } from 'node:worker_threads';
import type { Result, Work } from './worker.ts';

/** What a run makes is garbage soon: in a larger nursery most of it is before it is looked at. */
const NURSERY_MB = 64;

/** Runs seeds in worker threads and gives out what comes of each, as it comes. Leaving the loop ends the workers. */
export async function* runSeeds(file: string, seeds: readonly number[], options: { workers: number } & Omit<Work, 'seeds'>): AsyncGenerator<Result> {
  const count = Math.max(1, Math.min(options.workers, seeds.length));
  const results: Result[] = [];
  let running = count;
  let failure: Error | undefined;
  let wake = () => {};
  const workers = Array.from({ length: count }, (_, index) => {
    const work: Work = { seeds: seeds.filter((_seed, at) => at % count === index), keepsTrace: options.keepsTrace, shrinkRuns: options.shrinkRuns };
    const worker = new Worker(file, { workerData: work, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB } });
    worker.on('message', (result: Result) => {
      results.push(result);
      wake();
    });
    worker.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
      wake();
    });
    worker.on('exit', () => {
      running -= 1;
      wake();
    });
    return worker;
  });
  try {
    while (running > 0 || results.length > 0) {
      // Armed before looking, so that nothing that comes meanwhile is missed.
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (failure) throw failure;
      const result = results.shift();
      if (result) yield result;
      else if (running > 0) await woken;
    }
    if (failure) throw failure;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
