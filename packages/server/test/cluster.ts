import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Config } from '../src/config.ts';
import { COPY_ABOVE_CHANGES } from '../src/replication/fetch-copy.ts';
import { type Connect, grpcLinks, type ReplicationLink } from '../src/replication/link.ts';
import { ClusterSecrets } from '../src/replication/proof.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { systemTime } from '../src/stamp/clock.ts';
import { ChatCaller } from './chat-caller.ts';
import { startWorker } from './start-worker.ts';

/** A replica of a test cluster: the server that users run, on a port of the system's choice, with a real file. */
export interface TestReplica {
  readonly name: string;
  readonly server: RunningServer;
  readonly address: string;
  readonly dbFile: string;
  readonly caller: ChatCaller;
}

/** Waits until `condition` holds; fails with `what` after 10 s. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`gave up waiting: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Real servers with real SQLite files whose links can be cut. */
export class TestCluster {
  readonly dir = mkdtempSync(join(tmpdir(), 'parley-cluster-'));
  readonly replicas = new Map<string, TestReplica>();
  readonly fatal: string[] = [];
  /** See ServerOptions. */
  copyAboveChanges = COPY_ABOVE_CHANGES;
  /** What a test does to the links from one replica to another, by name. */
  interfere: (from: string, to: string, link: ReplicationLink) => ReplicationLink = (_from, _to, link) => link;
  /** How far the wall clock of a server is from this machine's: milliseconds, by name. */
  readonly wallOffsetsMs = new Map<string, number>();
  /** What servers logged as warnings or worse. */
  readonly logged: { server: string; msg: string; alarm?: string; peer?: string; reason?: string }[] = [];
  readonly secretFile = join(this.dir, 'secret');
  /** `from>to`, by address. */
  readonly #cuts = new Set<string>();
  /** Calls that are held, by `from>to`: what each waits for. */
  readonly #held = new Map<string, Promise<void>>();
  readonly #addressOf = new Map<string, string>();

  constructor() {
    writeFileSync(this.secretFile, randomBytes(32).toString('hex'));
  }

  /** Starts replicas one after another; each joins those before it. */
  static async of(...names: string[]): Promise<TestCluster> {
    const cluster = new TestCluster();
    for (const name of names) await cluster.start(name);
    await cluster.settled();
    return cluster;
  }

  get(name: string): TestReplica {
    const replica = this.replicas.get(name);
    if (!replica) throw new Error(`${name} is not running`);
    return replica;
  }

  /** Starts a replica, or starts it again on its file and address; resolves once it is ready. */
  async start(name: string, changed: Partial<Config> = {}): Promise<TestReplica> {
    const replica = await this.begin(name, changed);
    await replica.server.ready;
    return replica;
  }

  /** The same, without waiting for ready. */
  async begin(name: string, changed: Partial<Config> = {}): Promise<TestReplica> {
    const known = this.#addressOf.get(name);
    const port = Number(known?.split(':')[1] ?? 0);
    const config: Config = {
      host: '127.0.0.1',
      port,
      httpPort: 0,
      dbFile: join(this.dir, `${name}.db`),
      seeds: [...this.replicas.values()].map((replica) => replica.address),
      advertise: `127.0.0.1:${port}`,
      publicUrl: 'http://127.0.0.1:0',
      name,
      secretFile: this.secretFile,
      // Longer than any pause of a busy test machine: a peer that is merely slow must not count as down here.
      ackTimeoutMs: 1500,
      waitFor: undefined,
      first: false,
      logLevel: 'silent',
      ...changed,
    };
    const write = (line: string) => {
      this.logged.push(JSON.parse(line) as TestCluster['logged'][number]);
      if (process.env.PARLEY_TEST_LOG) process.stdout.write(line);
    };
    const log = pino({ level: process.env.PARLEY_TEST_LOG ?? 'warn', base: { server: name } }, { write });
    const time = { ...systemTime, wallMs: () => systemTime.wallMs() + (this.wallOffsetsMs.get(name) ?? 0) };
    const server = await startServer({ config, time, pageDir: this.dir, log, startWorker, copyAboveChanges: this.copyAboveChanges, wrapLinks: (connect) => this.#cuttable(name, connect), onFatal: (message) => this.fatal.push(message) });
    const address = `127.0.0.1:${server.grpcPort}`;
    this.#addressOf.set(name, address);
    const replica = { name, server, address, dbFile: config.dbFile, caller: new ChatCaller(server.grpcPort) };
    this.replicas.set(name, replica);
    return replica;
  }

  async stop(name: string): Promise<void> {
    const { server, caller } = this.get(name);
    this.replicas.delete(name);
    caller.close();
    await server.close();
  }

  /** Calls between the two fail at once, in both directions unless `oneWay`. */
  cut(from: string, to: string, oneWay = false): void {
    this.#cuts.add(`${from}>${to}`);
    if (!oneWay) this.#cuts.add(`${to}>${from}`);
  }

  /** Calls between the two, in both directions, neither arrive nor fail until the returned function is called: a link that is very slow. */
  hold(from: string, to: string): () => void {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const way of [`${from}>${to}`, `${to}>${from}`]) this.#held.set(way, held);
    return () => {
      for (const way of [`${from}>${to}`, `${to}>${from}`]) this.#held.delete(way);
      release();
    };
  }

  heal(): void {
    this.#cuts.clear();
  }

  /** A link to a replica as another replica, or an operator, has it; cuts do not cut it. To be closed. */
  linkTo(name: string, secret = readFileSync(this.secretFile, 'utf8')): ReplicationLink {
    return grpcLinks(new ClusterSecrets(secret))(this.get(name).address);
  }

  /** Waits until every replica that runs has every other one up, and all have equal vectors. */
  async settled(): Promise<void> {
    await until(async () => {
      const views = await Promise.all([...this.replicas.values()].map(({ caller }) => caller.call('getCluster', {})));
      return views.every(({ replicas }) => replicas.length >= this.replicas.size && replicas.filter(({ name }) => this.replicas.has(name)).every(({ level, state }) => level && state === 1));
    }, 'all replicas live and level');
  }

  async close(): Promise<void> {
    await Promise.all([...this.replicas.keys()].map((name) => this.stop(name)));
    rmSync(this.dir, { recursive: true });
  }

  #cuttable(from: string, connect: Connect): Connect {
    return (address) => {
      const nameOf = () => [...this.#addressOf].find(([, known]) => known === address)?.[0] ?? '';
      const link = this.interfere(from, nameOf(), connect(address));
      const guard = <A, R>(call: (request: A) => Promise<R>) => async (request: A): Promise<R> => {
        const to = nameOf();
        const isCut = () => this.#cuts.has(`${from}>${to}`);
        await this.#held.get(`${from}>${to}`);
        if (isCut()) throw new Error('the link is cut');
        const answer = await call(request);
        // An answer does not come back over a link that was cut meanwhile.
        if (isCut()) throw new Error('the link was cut');
        return answer;
      };
      const cuttable: ReplicationLink = { replicate: guard(link.replicate), pull: guard(link.pull), join: guard(link.join), readHashes: guard(link.readHashes), relay: guard(link.relay), remove: guard(link.remove), readCopy: guard(link.readCopy), verify: guard(link.verify), close: () => link.close() };
      return cuttable;
    };
  }
}
