import type { ClientSnapshot, ParleyApi } from '../api.ts';
import { type Clock, elapsed } from '../clock.ts';
import { toFailure } from '../failure.ts';
import { type Method, type PortOfEngine, type TabMessage, wordsOf } from './protocol.ts';
import { diffSnapshots } from './snapshot-patch.ts';

/** A tab pings every second, in the background as seldom as once a minute. One that crashed says no goodbye, and must not be served for ever. */
const TAB_IS_GONE_MS = 5 * 60_000;

/** No other name is ever called, whatever a message says. */
const METHODS: ReadonlySet<string> = new Set<Method>([
  'createAccount', 'logIn', 'logOut', 'dismissSharedName', 'changePassword', 'deleteAccount', 'searchAccounts', 'exportConversations', 'exportMessages', 'conversationWith', 'openConversation',
  'loadOlder', 'loadBackTo', 'markRead', 'typing', 'send', 'sendTo', 'edit', 'discardEdit', 'retry', 'discard', 'deleteMessages', 'addServer', 'nudge',
]);

/** A client that keeps something: what it shows before `ready` says nothing, and what was sent is kept once `saved` resolves. */
export type ServedClient = ParleyApi & { readonly ready: Promise<void>; saved(): Promise<void> };

interface Tab {
  readonly port: PortOfEngine;
  /** The snapshot that it has. */
  sent: ClientSnapshot | undefined;
  heardAt: number;
}

/** Serves one client to many tabs: each gets its snapshots, and can make its calls. */
export class EngineHost {
  readonly #client: ServedClient;
  readonly #clock: Clock;
  readonly #tabs = new Set<Tab>();
  readonly #unsubscribe: () => void;

  constructor(client: ServedClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    this.#unsubscribe = client.subscribe(() => this.#tellAll());
  }

  /** Serves whoever is at the other end of this port. */
  connect(port: PortOfEngine): void {
    const tab: Tab = { port, sent: undefined, heardAt: elapsed(this.#clock) };
    this.#tabs.add(tab);
    port.listen((message) => this.#hear(tab, message));
  }

  /** Serves nobody any more, and closes the client. */
  async close(): Promise<void> {
    this.#unsubscribe();
    for (const tab of this.#tabs) this.#drop(tab);
    await this.#client.close();
  }

  #hear(tab: Tab, message: TabMessage): void {
    tab.heardAt = elapsed(this.#clock);
    switch (message.kind) {
      case 'hello':
        void this.#client.ready.then(() => {
          tab.sent = this.#client.getSnapshot();
          tab.port.post({ kind: 'snapshot', snapshot: tab.sent });
        });
        return;
      case 'call':
        void this.#call(tab, message.id, message.method, message.args);
        return;
      case 'ping':
        return tab.port.post({ kind: 'pong' });
      case 'bye':
        return this.#drop(tab);
      default:
        // From a page of another version: what it wants is not known here.
        return undefined;
    }
  }

  async #call(tab: Tab, id: number, method: Method, args: readonly unknown[]): Promise<void> {
    try {
      await this.#client.ready;
      if (!METHODS.has(method)) throw new TypeError(`there is no call ${method}`);
      const value = await (this.#client[method] as (...args: unknown[]) => unknown).apply(this.#client, [...args]);
      // The tab lets go of a message with this answer: it must be where the next engine finds it.
      if (method === 'send') await this.#client.saved();
      this.#tell(tab);
      tab.port.post({ kind: 'result', id, value });
    } catch (error) {
      this.#tell(tab);
      tab.port.post({ kind: 'failure', id, failure: wordsOf(toFailure(error)) });
    }
  }

  #tellAll(): void {
    const now = elapsed(this.#clock);
    for (const tab of this.#tabs) {
      if (now - tab.heardAt > TAB_IS_GONE_MS) this.#drop(tab);
      else this.#tell(tab);
    }
  }

  #tell(tab: Tab): void {
    const snapshot = this.#client.getSnapshot();
    if (tab.sent === undefined || tab.sent === snapshot) return;
    tab.port.post({ kind: 'patch', patch: diffSnapshots(tab.sent, snapshot) });
    tab.sent = snapshot;
  }

  #drop(tab: Tab): void {
    this.#tabs.delete(tab);
    tab.port.close();
  }
}
