import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Child, createChild } from '../scripts/local-cluster/child.ts';
import { until } from '../scripts/local-cluster/until.ts';

const HOST = '127.0.0.1';
const SERVER = join(import.meta.dirname, '..', 'packages', 'server', 'dist', 'main.js');
const REROUTE = pathToFileURL(join(import.meta.dirname, 'reroute.mjs'));
const READY_TIMEOUT_MS = 60_000;
/** A write-ahead log that may not grow beyond this takes hardly a commit. */
const FULL_AFTER_BYTES = 40_000;
/** The log's word for what must not happen. */
const ERROR_LINE = /\| (ERROR|FATAL) /;
/** What SQLite says of a disk that takes no more: the second where the limit is that of the process, as here. */
const DISK_ERROR = /database or disk is full|disk I\/O error/;

export interface FaultyReplicaOptions {
  readonly name: string;
  /** Where its database is to be: a directory that is there. */
  readonly dir: string;
  readonly port: number;
  readonly httpPort: number;
  readonly secretFile: string;
  /** `--replicas` or `--join`, and addresses. */
  readonly seeds: readonly string[];
  /** Port of another replica → port of the link that leads there. */
  readonly routes: ReadonlyMap<number, number>;
  readonly print: (line: string) => void;
  /** It ended by itself, did not end when it was asked to, or logged an error that no fault explains. */
  readonly onProblem: (what: string) => void;
}

/** A server as users run it, a process with its file, and what can be done to it. */
export class FaultyReplica {
  readonly name: string;
  readonly address: string;
  readonly dbFile: string;
  readonly #options: FaultyReplicaOptions;
  readonly #child: Child;
  readonly #listeners = new Set<(line: string) => void>();
  #isWanted = false;
  #isFrozen = false;
  #diskErrors = 0;
  #lastDiskError = '';

  constructor(options: FaultyReplicaOptions) {
    const { name, dir, port, httpPort, secretFile, seeds, routes } = options;
    this.#options = options;
    this.name = name;
    this.address = `${HOST}:${port}`;
    this.dbFile = join(dir, `${name}.db`);
    const reroute = new URL(REROUTE);
    for (const [from, to] of routes) reroute.searchParams.set(String(from), String(to));
    this.#child = createChild({
      name,
      command: process.execPath,
      args: [
        '--import', reroute.href, SERVER,
        '--name', name, '--host', HOST, '--port', String(port), '--http-port', String(httpPort), '--advertise', this.address, '--public-url', `http://${HOST}:${httpPort}`,
        '--db-file', this.dbFile, '--cluster-secret-file', secretFile, ...seeds,
      ],
      restart: false,
      print: (line) => this.#printed(line),
    });
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined;
  }

  /** It runs and is not frozen. */
  get isWell(): boolean {
    return this.isRunning && !this.#isFrozen;
  }

  start(): void {
    this.#isWanted = true;
    this.#child.start();
  }

  /** kill -9: memory is lost, what was written is not. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    this.#isFrozen = false;
    await this.#child.kill();
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.thaw();
    this.#isWanted = false;
    await this.#child.stop();
  }

  /** SIGSTOP: it lives, and does nothing. Its connections stay open. */
  freeze(): void {
    this.#isFrozen = this.#signal('SIGSTOP');
  }

  thaw(): void {
    if (this.#isFrozen) this.#signal('SIGCONT');
    this.#isFrozen = false;
  }

  /** How often it has said that it could not write to its disk. */
  get diskErrors(): number {
    return this.#diskErrors;
  }

  /** SQLite's words in the last of these. */
  get lastDiskError(): string {
    return this.#lastDiskError;
  }

  /** From now on its files cannot grow, as on a full disk; needs no rights. SQLite is told EFBIG where a full disk gives ENOSPC. */
  fillDisk(): void {
    this.#limitFiles(String(FULL_AFTER_BYTES));
  }

  /** There is space again. */
  freeDisk(): void {
    this.#limitFiles('unlimited');
  }

  /** Starts it again if it has ended by itself, and says so. */
  watch(): void {
    if (!this.#isWanted || this.isRunning) return;
    this.#options.onProblem(`${this.name} ended by itself`);
    void this.#child.kill().then(() => this.#child.start());
  }

  /** Calls back with each line that it prints; returns how to stop. */
  onLine(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`http://${HOST}:${this.#options.httpPort}/readyz`, { signal: AbortSignal.timeout(2000) })).ok;
  }

  async waitUntilReady(signal?: AbortSignal): Promise<void> {
    await until(() => this.isReady(), { what: `${this.name} is ready`, timeoutMs: READY_TIMEOUT_MS, ...(signal ? { signal } : {}) });
  }

  #printed(line: string): void {
    this.#options.print(line);
    const diskError = DISK_ERROR.exec(line)?.[0];
    if (diskError !== undefined) {
      this.#diskErrors += 1;
      this.#lastDiskError = diskError;
    } else if (ERROR_LINE.test(line) || line.includes('does not end within')) this.#options.onProblem(line);
    for (const listener of this.#listeners) listener(line);
  }

  /** The soft limit alone: that can be raised again. */
  #limitFiles(bytes: string): void {
    const { pid } = this.#child;
    if (pid !== undefined) execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
  }

  #signal(signal: NodeJS.Signals): boolean {
    const { pid } = this.#child;
    return pid !== undefined && process.kill(pid, signal);
  }
}
