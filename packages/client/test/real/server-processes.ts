import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, createChild } from '../../../../scripts/local-cluster/child.ts';
import { freePorts } from '../../../../scripts/local-cluster/ports.ts';
import { until } from '../../../../scripts/local-cluster/until.ts';

const HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 60_000;

/** Below the ports that systems give to outgoing connections; at random, so that two runs on one machine hardly meet. */
const FIRST_PORT = Number(process.env['PARLEY_TEST_FIRST_PORT'] ?? 20_000 + Math.floor(Math.random() * 10_000));

export interface ServerProcessesOptions {
  /** The repository's root: servers are those that were built there. */
  readonly root: string;
  readonly count: number;
}

/** Servers as users run them, each a process with its file, for clients to lose. */
export class ServerProcesses {
  readonly servers: readonly ServerProcess[];
  readonly #dir: string;

  private constructor(dir: string, servers: readonly ServerProcess[]) {
    this.#dir = dir;
    this.servers = servers;
  }

  /** Resolves when all are ready. */
  static async start({ root, count }: ServerProcessesOptions): Promise<ServerProcesses> {
    const dir = mkdtempSync(join(tmpdir(), 'parley-clients-'));
    writeFileSync(join(dir, 'secret'), randomBytes(32).toString('hex'), { mode: 0o600 });
    const ports = await freePorts(2 * count, FIRST_PORT);
    const seeds = ports.slice(0, count).map((port) => `${HOST}:${port}`);
    const main = join(root, 'packages', 'server', 'dist', 'main.js');
    const servers = seeds.map((address, index) => new ServerProcess({ name: `server${index + 1}`, main, dir, address, httpPort: ports[count + index] ?? 0, seeds }));
    const processes = new ServerProcesses(dir, servers);
    for (const server of servers) server.start();
    await Promise.all(servers.map((server) => server.waitUntilReady()));
    return processes;
  }

  /** The server with one of its addresses, or its name. */
  at(address: string): ServerProcess {
    const found = this.servers.find((server) => [server.name, server.address, server.url].includes(address));
    if (!found) throw new Error(`there is no server at ${address}`);
    return found;
  }

  /** Starts what is dead, wakes what is frozen; resolves when all are ready. */
  async restore(): Promise<void> {
    for (const server of this.servers) {
      server.thaw();
      server.start();
    }
    await Promise.all(this.servers.map((server) => server.waitUntilReady()));
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

interface ServerProcessOptions {
  readonly name: string;
  readonly main: string;
  readonly dir: string;
  readonly address: string;
  readonly httpPort: number;
  readonly seeds: readonly string[];
}

export class ServerProcess {
  readonly name: string;
  /** host:port of its gRPC port. */
  readonly address: string;
  /** Where browsers reach it. */
  readonly url: string;
  readonly dbFile: string;
  readonly #child: Child;
  #isFrozen = false;

  constructor({ name, main, dir, address, httpPort, seeds }: ServerProcessOptions) {
    this.name = name;
    this.address = address;
    this.url = `http://${HOST}:${httpPort}`;
    this.dbFile = join(dir, `${name}.db`);
    this.#child = createChild({
      name,
      command: process.execPath,
      args: [
        main, '--name', name, '--host', HOST, '--port', address.split(':')[1] ?? '', '--http-port', String(httpPort), '--advertise', address, '--public-url', this.url,
        '--db-file', this.dbFile, '--cluster-secret-file', join(dir, 'secret'), '--replicas', seeds.join(','),
      ],
      restart: false,
      print: (line) => {
        if (process.env['PARLEY_TEST_LOG']) process.stderr.write(`${line}\n`);
      },
    });
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined;
  }

  start(): void {
    this.#child.start();
  }

  /** kill -9: sent when this returns; resolves when the process is gone. */
  kill(): Promise<void> {
    this.#isFrozen = false;
    return this.#child.kill();
  }

  /** SIGSTOP: it lives, and does nothing; its connections stay open. */
  freeze(): void {
    if (this.#child.pid !== undefined) this.#isFrozen = process.kill(this.#child.pid, 'SIGSTOP');
  }

  thaw(): void {
    if (this.#isFrozen && this.#child.pid !== undefined) process.kill(this.#child.pid, 'SIGCONT');
    this.#isFrozen = false;
  }

  async waitUntilReady(): Promise<void> {
    const isReady = async (): Promise<boolean> => (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
    await until(isReady, { what: `${this.name} is ready`, timeoutMs: READY_TIMEOUT_MS });
  }
}
