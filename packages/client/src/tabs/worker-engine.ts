import { messagePort } from './engine-port.ts';
import type { TabClient } from './tab-client.ts';

/** As much of a SharedWorker as is used. */
export interface WorkerHandle {
  readonly port: MessagePort;
  addEventListener(type: 'error', listener: () => void): void;
}

/** A worker that was killed is started again by asking for it once more; where that did not help so often in a row, workers do not work here. */
const MOST_STARTS_IN_VAIN = 2;

/** Serves a tab by the engine in a SharedWorker, which all tabs of one origin share. */
export class WorkerEngine {
  readonly #tab: TabClient;
  readonly #start: () => WorkerHandle;
  readonly #fail: () => void;
  #startsInVain = 0;
  #hasFailed = false;

  /** `fail`: there is no engine to be had from workers; called once. */
  constructor(tab: TabClient, start: () => WorkerHandle, fail: () => void) {
    this.#tab = tab;
    this.#start = start;
    this.#fail = fail;
  }

  /** Connects to the worker, which the browser starts where it does not run. */
  connect(): void {
    let worker: WorkerHandle;
    try {
      worker = this.#start();
    } catch {
      return this.#giveUp();
    }
    worker.addEventListener('error', () => this.#giveUp());
    this.#tab.attach(messagePort(worker.port));
    const stop = this.#tab.subscribe(() => {
      this.#startsInVain = 0;
      stop();
    });
  }

  /** The worker does not answer. */
  silent(): void {
    if (this.#hasFailed) return;
    this.#startsInVain += 1;
    if (this.#startsInVain > MOST_STARTS_IN_VAIN) this.#giveUp();
    else this.connect();
  }

  #giveUp(): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#fail();
  }
}
