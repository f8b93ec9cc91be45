import { type Clock, systemClock } from '../clock.ts';
import { newId } from '../identifiers.ts';
import { Pause } from '../pause.ts';
import { type Random, systemRandom } from '../random.ts';
import { onWakeUp } from '../wake-up.ts';
import type { Channel } from './channel-ports.ts';
import type { ServedClient } from './engine-host.ts';
import { Leadership, type Locks, serveByOwnEngine } from './own-engine.ts';
import { keepInStep, type SteppedClient } from './keep-in-step.ts';
import { TabClient } from './tab-client.ts';
import { type TimerPort, workerClock } from './worker-clock.ts';
import { WorkerEngine, type WorkerHandle } from './worker-engine.ts';

const LOAD_AGAIN_MS = 1_000;

export interface OpenClientOptions {
  /** Starts, or joins, the SharedWorker in which the engine runs (see `serveTabs`). Undefined where a browser has none. */
  readonly startWorker: (() => WorkerHandle) | undefined;
  /**
   * Loads what makes an engine, where this tab may have to have one: called before it is needed, as the server that has the code may be gone by then.
   */
  readonly loadEngine: () => Promise<(clock: Clock) => Promise<ServedClient & SteppedClient>>;
  /** Starts the worker that keeps time for an engine of this tab's (see `serveTimers`), whose own timers wait while it is in the background. Undefined where a browser has none. */
  readonly startTimers: (() => TimerPort) | undefined;
  /** Web Locks: undefined on a page from plain http. */
  readonly locks: Locks | undefined;
  readonly openChannel: ((name: string) => Channel) | undefined;
  /** Tells apart what does not belong together on one origin. */
  readonly name: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * The client of a page that may be open in many tabs. One engine, with one live stream, serves all tabs of a browser: in a SharedWorker; where
 * there is none, in a tab that leads, by a Web Lock; where there are no locks either, each tab has an engine of its own, and they keep in step through storage.
 */
export class BrowserClient extends TabClient {
  #close: () => void = () => undefined;
  readonly #stopWakeUps: () => void;

  constructor(options: OpenClientOptions) {
    const { startWorker, clock = systemClock, random = systemRandom } = options;
    let silent: () => void = () => undefined;
    super({ silent: () => silent(), clock, random });
    const withoutWorker = (): void => {
      silent = this.#openWithoutWorker({ ...options, clock, random });
    };
    if (startWorker) {
      const engine = new WorkerEngine(this, startWorker, withoutWorker);
      silent = () => engine.silent();
      engine.connect();
    } else {
      withoutWorker();
    }
    this.#stopWakeUps = onWakeUp(() => this.nudge());
  }

  override async close(): Promise<void> {
    this.#stopWakeUps();
    await super.close();
    this.#close();
  }

  /** Returns what to do where the engine is silent. */
  #openWithoutWorker({ loadEngine, startTimers, locks, openChannel, name, clock: page, random }: OpenClientOptions & { readonly clock: Clock; readonly random: Random }): () => void {
    const clock = startTimers ? workerClock(startTimers(), page) : page;
    const loading = persist(loadEngine, clock);
    const createClient = async (): Promise<ServedClient & SteppedClient> => (await loading)(clock);
    if (locks && openChannel) {
      const leadership = new Leadership({ tab: this, createClient, clock, locks, lock: `${name}-engine`, channel: openChannel(`${name}-engine`), name: newId(random) });
      this.#close = () => leadership.close();
      return () => leadership.connect();
    }
    const stepping = createClient().then((client) => {
      const stop = keepInStep(client, openChannel?.(`${name}-step`), clock);
      return { client, stop };
    });
    const host = serveByOwnEngine({ tab: this, clock, createClient: () => stepping.then(({ client }) => client) });
    this.#close = () => {
      void stepping.then(({ stop }) => stop());
      void host.then((served) => served.close());
    };
    return () => undefined;
  }
}

/** Repeats what is refused while a server is gone. */
async function persist<Result>(work: () => Promise<Result>, clock: Clock): Promise<Result> {
  const pause = new Pause(clock);
  for (;;) {
    try {
      return await work();
    } catch {
      await pause.wait(LOAD_AGAIN_MS);
    }
  }
}
