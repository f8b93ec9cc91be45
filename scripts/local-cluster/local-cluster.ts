import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createChild, type Child } from './child.ts';
import { fillAddresses, type SidecarPorts } from './envoy-config.ts';
import { until } from './until.ts';

export interface LocalClusterOptions {
  /** Where databases, the cluster's secret and Envoys' configurations are kept. */
  readonly dir: string;
  /** One entry a replica. The http ports are used only with an Envoy; without one a server has the page port itself. */
  readonly ports: readonly SidecarPorts[];
  /** Path of Envoy's binary; without it the servers' own bridge serves browsers. */
  readonly envoy: string | undefined;
  /** The name or address by which other machines reach this one; without it only this machine does. */
  readonly publicHost?: string | undefined;
  /** Start again what dies by itself. */
  readonly restart: boolean;
  readonly print: (line: string) => void;
}

export interface Replica {
  readonly name: string;
  /** host:port of its gRPC port. */
  readonly address: string;
  /** Where browsers reach it. */
  readonly pageUrl: string;
  readonly dbFile: string;
  readonly server: Child;
  readonly envoy: Child | undefined;
}

/** Replicas on this machine, each a process with its database and, where there is one, its Envoy. */
export interface LocalCluster {
  readonly replicas: readonly Replica[];
  /** Starts all of them; resolves when every page answers that its server is ready. Rejects, with words for people, when one cannot run. */
  start(signal?: AbortSignal): Promise<void>;
  /** One more replica, which is not started yet. It will join by `--join`. */
  add(ports: SidecarPorts): Replica;
  /** Ends all in order. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const ANY_HOST = '0.0.0.0';
const ROOT = join(import.meta.dirname, '..', '..');
const SERVER = join(ROOT, 'packages', 'server', 'dist', 'main.js');
const ENVOY_CONFIG = join(ROOT, 'deploy', 'envoy.yaml');
const READY_TIMEOUT_MS = 60_000;

export function createLocalCluster(options: LocalClusterOptions): LocalCluster {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const secretFile = keepSecret(options.dir);
  const seeds = options.ports.map(({ grpc }) => `${HOST}:${grpc}`).join(',');
  const replicas = options.ports.map((ports, index) => describe(options, secretFile, `server${index + 1}`, ports, ['--replicas', seeds]));

  return {
    replicas,
    async start(signal) {
      for (const replica of replicas) startReplica(replica);
      await Promise.all(replicas.map((replica) => waitUntilReady(replica, signal)));
    },
    add(ports) {
      const replica = describe(options, secretFile, `server${replicas.length + 1}`, ports, ['--join', seeds]);
      replicas.push(replica);
      return replica;
    },
    async close() {
      // Servers first: their last word to a browser, 'go to another one', passes through the Envoys.
      await Promise.all(replicas.map(({ server }) => server.stop()));
      await Promise.all(replicas.flatMap(({ envoy }) => envoy?.stop() ?? []));
    },
  };
}

export function startReplica({ server, envoy }: Replica): void {
  server.start();
  envoy?.start();
}

/** Resolves when the replica's page answers that its server is ready; rejects when it cannot run, or takes longer than a minute. */
export async function waitUntilReady({ name, pageUrl, server, envoy }: Replica, signal?: AbortSignal): Promise<void> {
  const ready = until(async () => (await fetch(`${pageUrl}/readyz`, { signal: AbortSignal.timeout(2000) })).ok, {
    what: `${name} is ready at ${pageUrl}`,
    timeoutMs: READY_TIMEOUT_MS,
    ...(signal ? { signal } : {}),
  });
  const refused = Promise.race([server.refused, ...(envoy ? [envoy.refused] : [])]).then((reason) => {
    throw new Error(reason);
  });
  await Promise.race([ready, refused]);
}

/** The cluster's secret is made at the first start and stays. */
function keepSecret(dir: string): string {
  const file = join(dir, 'cluster-secret');
  if (!existsSync(file)) {
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  }
  chmodSync(file, 0o600);
  return file;
}

function describe(options: LocalClusterOptions, secretFile: string, name: string, ports: SidecarPorts, seeds: readonly string[]): Replica {
  const { dir, envoy, publicHost, restart, print } = options;
  const address = `${HOST}:${ports.grpc}`;
  const pageUrl = `http://${publicHost ?? 'localhost'}:${ports.page}`;
  const dbFile = join(dir, `${name}.db`);
  const server = createChild({
    name,
    command: process.execPath,
    args: [
      SERVER,
      '--name', name,
      '--host', publicHost !== undefined && !envoy ? ANY_HOST : HOST,
      '--port', String(ports.grpc),
      '--http-port', String(envoy ? ports.http : ports.page),
      '--db-file', dbFile,
      '--cluster-secret-file', secretFile,
      '--advertise', address,
      '--public-url', pageUrl,
      ...seeds,
    ],
    restart,
    print,
  });
  return { name, address, pageUrl, dbFile, server, envoy: envoy ? sidecar(envoy, options, name.replace('server', 'envoy'), ports) : undefined };
}

function sidecar(command: string, { dir, publicHost, restart, print }: LocalClusterOptions, name: string, ports: SidecarPorts): Child {
  const config = join(dir, `${name}.yaml`);
  writeFileSync(config, fillAddresses(readFileSync(ENVOY_CONFIG, 'utf8'), ports, publicHost === undefined ? HOST : ANY_HOST));
  return createChild({
    name,
    command,
    // Hot restart shares memory between Envoys of one machine; one thread is plenty for a team.
    args: ['-c', config, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'warn'],
    restart,
    print,
  });
}
