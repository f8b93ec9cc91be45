/**
 * `npm start`: three replicas on this machine, and the web page. Their data stays under `.parley/`.
 *
 *   --bridge             serve browsers by the servers' own gRPC-Web bridge, also where an `envoy` command is found
 *   --public-host HOST   serve people on other machines too, who reach this one by that name or address
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLocalCluster, type LocalCluster } from './local-cluster/local-cluster.ts';
import { isFree } from './local-cluster/ports.ts';
import { findProgram } from './local-cluster/programs.ts';

const DATA_DIR = '.parley';
const PORTS = [1, 2, 3].map((n) => ({ grpc: 50050 + n, page: 8080 + n, http: 18080 + n }));

const print = (line: string): void => console.log(line);

process.exitCode = await main();

/** Resolves to the exit code, once all is ended. */
async function main(): Promise<number> {
  const flags = readFlags();
  const publicHost = flags['public-host'];
  const envoy = flags.bridge ? undefined : findProgram('envoy');
  const taken = await portsInUse(PORTS.flatMap(({ grpc, page, http }) => [grpc, page, ...(envoy ? [http] : [])]));
  if (taken.length > 0) {
    const [ports, them] = taken.length === 1 ? ['port', 'is in use. End what uses it'] : ['ports', 'are in use. End what uses them'];
    print(`Parley cannot start: ${ports} ${taken.join(', ')} of this machine ${them}, then run npm start again. (Is Parley running already?)`);
    return 1;
  }

  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));

  print(envoy ? `Browsers will be served by Envoy (${envoy}), one for each server.` : 'Browsers will be served by the servers\' own gRPC-Web bridge.');
  print('Starting three servers …');
  const cluster = createLocalCluster({ dir: DATA_DIR, ports: PORTS, envoy, publicHost, restart: true, print });
  try {
    await cluster.start(stop.signal);
    print(welcome(cluster));
    await stopped;
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    print(`Parley could not start: ${error instanceof Error ? error.message : String(error)}.`);
    return 1;
  } finally {
    print('Ending the servers …');
    await cluster.close();
    print(`All are ended. Data is kept in ${join(process.cwd(), DATA_DIR)}; npm start goes on with it.`);
  }
}

function readFlags(): { bridge: boolean; 'public-host'?: string } {
  try {
    return parseArgs({ options: { bridge: { type: 'boolean', default: false }, 'public-host': { type: 'string' } } }).values;
  } catch (error) {
    print(`${error instanceof Error ? error.message : String(error)}\nusage: npm start [-- [--bridge] [--public-host HOST]]`);
    process.exit(2);
  }
}

async function portsInUse(ports: readonly number[]): Promise<number[]> {
  const free = await Promise.all(ports.map(isFree));
  return ports.filter((_port, index) => !free[index]);
}

function welcome({ replicas }: LocalCluster): string {
  const rows = replicas.map(({ name, pageUrl, server, envoy }) => `  ${name}  ${pageUrl}   pid ${server.pid}${envoy ? `, its Envoy ${envoy.pid}` : ''}`);
  return [
    '',
    'Parley is running. Open any of these pages; one is enough:',
    ...rows,
    '',
    'Try what it is for: kill -9 one of the pids while you chat. It is started again after a few seconds.',
    'Ctrl-C ends it all; the data stays.',
    '',
  ].join('\n');
}
