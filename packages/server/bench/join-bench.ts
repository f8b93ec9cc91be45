import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../../scripts/local-cluster/ports.ts';
import { randomId } from '../src/ids.ts';
import { ClusterSecrets } from '../src/replication/proof.ts';
import { systemTime } from '../src/stamp/clock.ts';
import { openDatabase } from '../src/store/database.ts';
import { Store } from '../src/store/store.ts';
import { ChatCaller } from '../test/chat-caller.ts';
import { fill } from '../test/fill.ts';
import { as, createPerson, sendTo } from '../test/people.ts';

/** Run from the repository's root, as all its commands are: this module is loaded both as an ES module and, in Jest, as CommonJS. */
const REPLICA = join(process.cwd(), 'packages/server/bench/replica.mjs');
/** The client sends its next message so long after the answer to the last. */
const WRITE_EVERY_MS = 10;

/** How a replica joins: by a copy of the donor's file, or by pulling all changes. */
export const WAYS = ['copy', 'pull'] as const;
export type Way = (typeof WAYS)[number];

/** For how long a replica's event loop was held at most, in which nothing else could run: milliseconds. */
export interface Holds {
  readonly heldMs: number;
  /** Without the time in which another program had the processor: what the server itself is to blame for, its disk included. */
  readonly unwaitedMs: number;
  /** Computing alone: what a busy machine does not change. 0 where the system does not tell. */
  readonly computedMs: number;
}

export interface Joined {
  readonly how: Way;
  /** The joiner took a copy of the donor's file. */
  readonly isCopied: boolean;
  readonly joinMs: number;
  readonly donor: Holds;
  readonly joiner: Holds;
  readonly slowestWriteMs: number;
  readonly writes: number;
  /** Events that the stream brought, heartbeats not counted. */
  readonly streamed: number;
}

/** A filled donor in a directory, and replicas that join it: the built server, each in a process of its own. */
export class JoinBench {
  readonly #dir: string;
  readonly #firstPort: number;
  readonly #children = new Set<ChildProcess>();
  readonly #logs = new Map<ChildProcess, string>();

  constructor(dir: string, firstPort: number) {
    this.#dir = dir;
    this.#firstPort = firstPort;
  }

  get dbFile(): string {
    return join(this.#dir, 'donor.db');
  }

  /** Fills the donor's database; resolves to its number of changes. */
  async fill(messages: number): Promise<number> {
    const secret = randomBytes(32).toString('hex');
    writeFileSync(join(this.#dir, 'cluster-secret'), secret);
    const store = new Store({ databases: openDatabase(this.dbFile), time: systemTime });
    await store.setLocal('replica_id', randomId());
    await store.setLocal('cluster_id', new ClusterSecrets(secret).clusterId);
    await fill(store, messages);
    const changes = store.log.head;
    store.close();
    return changes;
  }

  /** Lets a replica join while a client writes on the donor and has a stream open there. */
  async measure(how: Way): Promise<Joined> {
    const [donorPort = 0, donorHttp = 0, joinerPort = 0, joinerHttp = 0] = await freePorts(4, this.#firstPort);
    const donor = await this.#start('donor', donorPort, donorHttp, ['--first']);
    const caller = new ChatCaller(donorPort);
    const alice = await createPerson(caller, `alice-${how}`);
    const aliceCalls = as(caller, alice);
    const stream = aliceCalls.subscribe();
    const writer = keepWriting(() => sendTo(aliceCalls, alice, 'while somebody joins'));
    donor.send('reset');
    const startedAt = performance.now();
    const joiner = await this.#start(`joiner-${how}`, joinerPort, joinerHttp, ['--join', `127.0.0.1:${donorPort}`], how === 'copy' ? 0 : Number.MAX_SAFE_INTEGER);
    const joinMs = performance.now() - startedAt;
    const holds = { donor: await read(donor), joiner: await read(joiner) };
    const written = await writer.stop();
    stream.cancel();
    const streamed = stream.events.filter(({ event }) => event?.$case !== 'heartbeat').length;
    caller.close();
    await Promise.all([this.#end(donor), this.#end(joiner)]);
    const isCopied = /"bytes":\d+,"msg":"copied"/.test(this.#logs.get(joiner) ?? '');
    return { how, isCopied, joinMs, ...holds, ...written, streamed };
  }

  /** Ends, as a crash does, what is still running. */
  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  /** Starts a replica; resolves once it serves. */
  async #start(name: string, port: number, httpPort: number, flags: readonly string[], copyAbove = 0): Promise<ChildProcess> {
    const file = join(this.#dir, `${name}.db`);
    const secret = join(this.#dir, 'cluster-secret');
    const args = ['--host', '127.0.0.1', '--port', `${port}`, '--http-port', `${httpPort}`, '--advertise', `127.0.0.1:${port}`, '--name', name, '--db-file', file, '--cluster-secret-file', secret, '--log-level', 'info', ...flags];
    const child = fork(REPLICA, args, { env: { ...process.env, PARLEY_BENCH_COPY_ABOVE: String(copyAbove) }, execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    this.#children.add(child);
    this.#logs.set(child, '');
    child.stdout?.on('data', (data: Buffer) => this.#logs.set(child, (this.#logs.get(child) ?? '') + data.toString()));
    await new Promise<void>((resolve, reject) => {
      child.on('message', (told: { ready?: true }) => told.ready && resolve());
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
    });
    return child;
  }

  async #end(child: ChildProcess): Promise<void> {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    await ended;
    this.#children.delete(child);
  }
}

function read(child: ChildProcess): Promise<Holds> {
  return new Promise((resolve) => {
    child.on('message', (told: { holds?: Holds }) => told.holds && resolve(told.holds));
    child.send('read');
  });
}

function keepWriting(write: () => Promise<unknown>): { stop(): Promise<{ slowestWriteMs: number; writes: number }> } {
  let isStopped = false;
  const written = (async () => {
    let [slowestWriteMs, writes] = [0, 0];
    for (; !isStopped; writes++) {
      const startedAt = performance.now();
      await write();
      slowestWriteMs = Math.max(slowestWriteMs, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, WRITE_EVERY_MS));
    }
    return { slowestWriteMs, writes };
  })();
  return {
    stop: () => {
      isStopped = true;
      return written;
    },
  };
}
