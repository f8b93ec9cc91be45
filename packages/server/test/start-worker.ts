import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { StartWorker } from '../src/store/background.ts';

const FILE = join(__dirname, '../src/store/background-worker.ts');

/** Starts the worker from its source: a thread does not know of Jest's compiler, so tsx compiles it. */
export const startWorker: StartWorker = (task) =>
  new Worker(`require('tsx/cjs'); require(${JSON.stringify(FILE)})`, { eval: true, workerData: task, execArgv: ['--conditions=parley-source'] });
