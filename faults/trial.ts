import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, writeFileSync, type WriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../scripts/local-cluster/ports.ts';
import type { Target } from './faults.ts';
import { FaultyReplica } from './faulty-replica.ts';
import { History } from './history.ts';
import { Network } from './network.ts';
import { Person } from './person.ts';
import { SeededRandom } from './random.ts';

const PEOPLE = 8;
/** How long somebody new stays: milliseconds. */
const NEWCOMER_STAYS_MS = 8000;
/** Below the ports that systems give to outgoing connections, one of which could take that of a server that is down. */
const FIRST_PORT = Number(process.env['PARLEY_FAULTS_FIRST_PORT'] ?? 20_000 + Math.floor(Math.random() * 10_000));
const FIRST_REPLICAS = 3;

/** One cluster, the people who use it, and what went wrong: everything that a run starts. */
export class Trial {
  readonly dir: string;
  readonly history: History;
  readonly network: Network;
  /** Three, and a fourth that is not started yet where it was asked for. */
  readonly replicas: readonly FaultyReplica[];
  readonly people: readonly Person[];
  /** Promises broken but for those that the checker reads from the history. */
  readonly problems: string[] = [];
  readonly #serversLog: WriteStream;
  readonly #seed: number;
  #newcomers = 0;

  private constructor(dir: string, seed: number, network: Network, ports: readonly Ports[]) {
    this.dir = dir;
    this.network = network;
    this.#seed = seed;
    this.history = new History(join(dir, 'history.jsonl'));
    this.#serversLog = createWriteStream(join(dir, 'servers.log'));
    const secretFile = join(dir, 'cluster-secret');
    writeFileSync(secretFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    const seeds = ports.slice(0, FIRST_REPLICAS).map(({ grpc }) => `127.0.0.1:${grpc}`).join(',');
    this.replicas = ports.map(({ name, grpc, http }, index) => new FaultyReplica({
      name,
      dir: makeDir(join(dir, name)),
      port: grpc,
      httpPort: http,
      secretFile,
      seeds: [index < FIRST_REPLICAS ? '--replicas' : '--join', seeds],
      routes: new Map(ports.filter((other) => other.name !== name).map((other) => [other.grpc, network.link(name, other.name).port])),
      print: (line) => void this.#serversLog.write(`${String(this.history.now()).padStart(8)} ms ${line}\n`),
      onProblem: (what) => this.problem(what),
    }));
    this.people = placesOf().map((place) => this.#person(place, place));
  }

  /** Makes its directory and opens its links; starts nothing. */
  static async prepare(seed: number, replicaCount: number): Promise<Trial> {
    const numbers = await freePorts(2 * replicaCount, FIRST_PORT);
    const ports = Array.from({ length: replicaCount }, (_, index) => ({ name: `server${index + 1}`, grpc: numbers[2 * index] ?? 0, http: numbers[2 * index + 1] ?? 0 }));
    const network = await Network.open(new Map(ports.map(({ name, grpc }) => [name, grpc])), placesOf());
    return new Trial(mkdtempSync(join(tmpdir(), 'parley-faults-')), seed, network, ports);
  }

  /** The first three. */
  get founders(): readonly FaultyReplica[] {
    return this.replicas.slice(0, FIRST_REPLICAS);
  }

  get joiner(): FaultyReplica | undefined {
    return this.replicas[FIRST_REPLICAS];
  }

  problem(what: string): void {
    const line = `at ${this.history.now()} ms: ${what}`;
    this.problems.push(line);
    console.log(`faults: PROBLEM ${line}`);
  }

  /** `replicas`: those that faults may be done to, read anew for each. */
  target(replicas: () => readonly FaultyReplica[], signal: AbortSignal): Omit<Target, 'random'> {
    const { network, people } = this;
    return { network, people, places: placesOf(), signal, newcomer: () => this.#newcomer(signal), get replicas() { return replicas(); } };
  }

  /** Ends every process and link; what is already ended stays so. */
  async close(): Promise<void> {
    await Promise.all(this.people.map((person) => person.leave()));
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    this.network.close();
    await this.history.close();
    await new Promise((resolve) => this.#serversLog.end(resolve));
  }

  #person(username: string, place: string): Person {
    return new Person({
      username,
      servers: this.founders.map(({ address }) => address),
      routes: new Map(this.replicas.map(({ name, address }) => [address, `127.0.0.1:${this.network.link(place, name).port}`])),
      history: this.history,
      random: new SeededRandom(this.#seed, username),
      isFriend: (name) => name !== username && placesOf().includes(name),
      onProblem: (what) => this.problem(what),
    });
  }

  /** Somebody makes an account, writes for a while and is gone. */
  async #newcomer(signal: AbortSignal): Promise<void> {
    this.#newcomers += 1;
    const place = placesOf()[this.#newcomers % PEOPLE] ?? '';
    const person = this.#person(`newcomer${this.#newcomers}`, place);
    await person.begin();
    person.work();
    await delay(NEWCOMER_STAYS_MS, undefined, { signal }).catch(() => {});
    await person.leave();
  }
}

function makeDir(path: string): string {
  mkdirSync(path);
  return path;
}

interface Ports {
  readonly name: string;
  readonly grpc: number;
  readonly http: number;
}

/** Each person has links of its own, named after it. */
function placesOf(): string[] {
  return Array.from({ length: PEOPLE }, (_, index) => `person${index + 1}`);
}
