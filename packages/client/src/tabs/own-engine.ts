import type { Clock } from '../clock.ts';
import { ChannelPorts, type Channel } from './channel-ports.ts';
import { EngineHost, type ServedClient } from './engine-host.ts';
import { portPair } from './engine-port.ts';
import type { EngineMessage, TabMessage } from './protocol.ts';
import type { TabClient } from './tab-client.ts';

/** As much of the Web Locks as is used. */
export interface Locks {
  /** Holds the lock of that name, once it is free, until the promise of `hold` settles. A tab that closes or crashes lets go of it. */
  request(name: string, hold: () => Promise<void>): Promise<unknown>;
}

export interface OwnEngineOptions {
  readonly tab: TabClient;
  readonly createClient: () => Promise<ServedClient>;
  readonly clock: Clock;
}

/** Serves a tab by an engine of its own. Resolves to the host, which may serve others too. */
export async function serveByOwnEngine({ tab, createClient, clock }: OwnEngineOptions): Promise<EngineHost> {
  const host = new EngineHost(await createClient(), clock);
  const [engineEnd, tabEnd] = portPair<EngineMessage, TabMessage>();
  host.connect(engineEnd);
  tab.attach(tabEnd);
  return host;
}

export interface LeadershipOptions extends OwnEngineOptions {
  readonly locks: Locks;
  readonly lock: string;
  readonly channel: Channel;
  /** This tab's name among all: nobody else's. */
  readonly name: string;
}

/** One tab leads, by a lock: its engine serves all. When it is gone the lock falls to the next, whose engine goes on with what storage keeps. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #ports: ChannelPorts;
  #leads = false;
  #isClosed = false;
  #resign: () => void = () => undefined;
  readonly #resigned = new Promise<void>((resolve) => {
    this.#resign = resolve;
  });

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#ports = new ChannelPorts(options.channel, options.name, () => this.connect());
    this.connect();
    options.locks.request(options.lock, () => this.#lead()).catch(() => {
      // No lock is to be had (a page that is being discarded, say): one engine a tab is still right, as ids make it safe.
      if (!this.#isClosed && !this.#leads) void serveByOwnEngine(options);
    });
  }

  /** Asks whoever leads; nobody may lead yet, or any more. */
  connect(): void {
    if (!this.#leads && !this.#isClosed) this.#options.tab.attach(this.#ports.toLeader());
  }

  /** Lets go: the next tab leads. */
  close(): void {
    this.#isClosed = true;
    this.#resign();
    this.#ports.close();
  }

  async #lead(): Promise<void> {
    if (this.#isClosed) return;
    this.#leads = true;
    const host = await serveByOwnEngine(this.#options);
    this.#ports.lead((port) => host.connect(port));
    await this.#resigned;
    await host.close();
  }
}
