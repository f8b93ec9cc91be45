import { until } from '../../../scripts/local-cluster/until.ts';
import { ParleyClient } from '../src/client.ts';
import { MemoryStorage } from '../src/storages/memory.ts';
import type { RealTransport } from '../test/real/real-transports.ts';
import type { ServerProcess, ServerProcesses } from '../test/real/server-processes.ts';
import { Cables } from './cables.ts';

const PASSWORD = 'correct horse battery';
const TIMEOUT_MS = 30_000;

/**
 * What is waited for: `shown`, the other one's message on the screen of whoever lost the server and does nothing; `sent`, the message of whoever
 * lost the server on the other one's screen.
 */
export type Way = 'shown' | 'sent';

/** `cable`: nothing comes through between the client and the server, which goes on for all others. */
export type Fault = 'kill' | 'freeze' | 'cable';

/** Two people who write to each other; the server of one of them is lost, again and again. */
export class FailoverTrial {
  readonly #processes: ServerProcesses;
  readonly #cables: Cables;
  readonly #alice: ParleyClient;
  readonly #bob: ParleyClient;
  #count = 0;

  private constructor(processes: ServerProcesses, cables: Cables, alice: ParleyClient, bob: ParleyClient) {
    this.#processes = processes;
    this.#cables = cables;
    this.#alice = alice;
    this.#bob = bob;
  }

  static async begin(processes: ServerProcesses, direct: RealTransport): Promise<FailoverTrial> {
    const cables = await Cables.lay(processes.servers, direct);
    const { real } = cables;
    const [alice, bob] = await Promise.all(['alice', 'bob'].map(async (name) => {
      const client = new ParleyClient({ servers: processes.servers.map((server) => real.addressOf(server)), transport: real.transport, storage: new MemoryStorage() });
      await client.createAccount(`${name}-${real.name}`, PASSWORD);
      return client;
    }));
    if (!alice || !bob) throw new Error('there are no clients');
    const trial = new FailoverTrial(processes, cables, alice, bob);
    const conversationId = await alice.sendTo(`bob-${real.name}`, 'begin');
    await until(() => bob.getSnapshot().conversations?.some((each) => each.conversationId === conversationId), { what: 'bob has the conversation', timeoutMs: TIMEOUT_MS });
    await Promise.all([alice.openConversation(conversationId), bob.openConversation(conversationId)]);
    return trial;
  }

  /** From the fault until it is seen, so many times: milliseconds. */
  async repeat(times: number, fault: Fault, way: Way): Promise<readonly number[]> {
    const waits: number[] = [];
    while (waits.length < times) waits.push(await this.#once(fault, way));
    return waits;
  }

  async close(): Promise<void> {
    await Promise.all([this.#alice.close(), this.#bob.close()]);
    this.#cables.close();
  }

  async #once(fault: Fault, way: Way): Promise<number> {
    this.#cables.plugIn();
    await this.#processes.restore();
    await this.#settle();
    const [conversationId] = this.#alice.getSnapshot().timelines.keys();
    const lost = this.#serverOf(this.#alice);
    if (conversationId === undefined || !lost) throw new Error('alice has no server');
    // The other one must not lose it too: what is measured is one client's way to the next server.
    if (this.#serverOf(this.#bob) === lost) {
      await this.#moveBobFrom(lost);
      return this.#once(fault, way);
    }
    this.#count += 1;
    const text = `message ${this.#count}`;
    const [writer, reader] = way === 'shown' ? [this.#bob, this.#alice] : [this.#alice, this.#bob];
    const started = performance.now();
    const gone = this.#lose(lost, fault);
    const wait = elapsedUntilShown(reader, text, started);
    writer.send(conversationId, text);
    const waitMs = await wait;
    await gone;
    return waitMs;
  }

  #lose(server: ServerProcess, fault: Fault): Promise<void> | undefined {
    if (fault === 'kill') return server.kill();
    if (fault === 'freeze') server.freeze();
    else this.#cables.pull(server);
    return undefined;
  }

  /** Both live, nothing on its way, and all servers known to be live. */
  async #settle(): Promise<void> {
    await until(() => [this.#alice, this.#bob].every((client) => {
      const { connection, servers, unsent } = client.getSnapshot();
      return connection.status === 'live' && unsent === 0 && servers.every((server) => server.health === 'live');
    }), { what: 'both are live on a whole cluster', timeoutMs: TIMEOUT_MS });
  }

  #serverOf(client: ParleyClient): ServerProcess | undefined {
    const url = client.getSnapshot().servers.find((server) => server.inUse)?.url;
    return url === undefined ? undefined : this.#cables.serverAt(url);
  }

  async #moveBobFrom(server: ServerProcess): Promise<void> {
    await server.kill();
    await until(() => this.#serverOf(this.#bob) !== server && this.#serverOf(this.#alice) !== server, { what: 'both have moved', timeoutMs: TIMEOUT_MS });
  }
}

/** Resolves to the milliseconds since `started` when the text is in a timeline, as a message that a server has. */
function elapsedUntilShown(client: ParleyClient, text: string, started: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new Error(`"${text}" was not shown within ${TIMEOUT_MS} ms`))), TIMEOUT_MS);
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      stop();
      settle();
    };
    const look = (): void => {
      const isThere = [...client.getSnapshot().timelines.values()].some(({ messages }) => messages.some((message) => message.text === text));
      if (isThere) finish(() => resolve(performance.now() - started));
    };
    const stop = client.subscribe(look);
    look();
  });
}
