import type { Worker } from 'node:worker_threads';
import type { VectorEntry } from '../stamp/version-vector.ts';
import type { CopyMade } from './file-copy.ts';
import type { TablesProof } from './prove-tables.ts';

/** What a worker thread can be asked to do. */
export interface Copying {
  readonly kind: 'copy';
  readonly from: string;
  readonly to: string;
}
export interface Proving {
  readonly kind: 'prove';
  readonly file: string;
  readonly scratch: string;
  readonly at: readonly VectorEntry[] | undefined;
}
export type Task = Copying | Proving;

/** What comes of each kind of task. */
interface Results {
  copy: CopyMade;
  prove: TablesProof;
}

/** What a thread answers: a failure as its message and SQLite's code, for errors lose their class on the way. */
export type Outcome = { readonly result: Results[keyof Results] } | { readonly failure: string; readonly code: string };

/** Starts background-worker.ts in a thread, with the task as its data. Injected: where that file lies differs between the built program and tests. */
export type StartWorker = (task: Task) => Worker;

/** Work on the database's file that would hold the event loop: done in worker threads, on connections of their own. */
export class Background {
  readonly #start: StartWorker;
  readonly #workers = new Map<Worker, (error: Error) => void>();
  #isClosed = false;

  constructor(start: StartWorker) {
    this.#start = start;
  }

  /** Resolves to what came of the task; rejects with what went wrong, or when this is closed. */
  run<K extends Task['kind']>(task: Extract<Task, { kind: K }>): Promise<Results[K]> {
    if (this.#isClosed) return Promise.reject(new Error('the server is closing'));
    const worker = this.#start(task);
    return new Promise<Results[K]>((resolve, reject) => {
      this.#workers.set(worker, reject);
      worker.once('message', (outcome: Outcome) => {
        if ('failure' in outcome) reject(Object.assign(new Error(outcome.failure), { code: outcome.code }));
        else resolve(outcome.result as Results[K]);
      });
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`a worker thread ended with ${code} and no result`)));
    }).finally(() => {
      this.#workers.delete(worker);
    });
  }

  /** Ends the threads; resolves once they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const workers = [...this.#workers];
    for (const [, reject] of workers) reject(new Error('the server is closing'));
    await Promise.all(workers.map(([worker]) => worker.terminate()));
  }
}
