/** What runs in a worker thread: does the one task that it is given, answers, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Outcome, Task } from './background.ts';
import { sqliteCode } from './damage.ts';
import { copyDatabase } from './file-copy.ts';
import { proveTables } from './prove-tables.ts';

function perform(task: Task): Outcome {
  try {
    return { result: task.kind === 'copy' ? copyDatabase(task.from, task.to) : proveTables(task.file, task.scratch, task.at) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error), code: sqliteCode(error) };
  }
}

parentPort?.postMessage(perform(workerData as Task));
