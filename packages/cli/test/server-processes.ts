import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, createChild } from '../../../scripts/local-cluster/child.ts';
import { freePorts } from '../../../scripts/local-cluster/ports.ts';
import { until } from '../../../scripts/local-cluster/until.ts';

const SERVER = join(__dirname, '../../server/dist/main.js');

/** Below the ports that systems give to outgoing connections; at random, so that two runs on one machine hardly meet. */
const FIRST_PORT = 24_000 + Math.floor(Math.random() * 900);

export interface ServerProcess {
  readonly name: string;
  /** host:port for clients in Node. */
  readonly address: string;
  readonly process: Child;
}

/** Real servers, each a process that can be killed. */
export class ServerProcesses {
  readonly dir = mkdtempSync(join(tmpdir(), 'parley-cli-'));
  readonly secretFile = join(this.dir, 'cluster-secret');
  readonly servers: ServerProcess[] = [];

  /** Starts `count` servers of one cluster; resolves when all are ready. */
  static async start(count: number): Promise<ServerProcesses> {
    const cluster = new ServerProcesses();
    writeFileSync(cluster.secretFile, randomBytes(32).toString('hex'), { mode: 0o600 });
    const ports = await freePorts(count * 2, FIRST_PORT + Math.floor(Math.random() * 90));
    const all = ports.slice(0, count).map((port) => `127.0.0.1:${port}`);
    for (const [index, address] of all.entries()) cluster.#add(`server${index + 1}`, address, ports[count + index] ?? 0, all);
    await Promise.all(cluster.servers.map(({ process }, index) => startAndWait(process, ports[count + index] ?? 0)));
    return cluster;
  }

  get addresses(): string {
    return this.servers.map(({ address }) => address).join(',');
  }

  named(name: string): ServerProcess {
    const server = this.servers.find((each) => each.name === name);
    if (!server) throw new Error(`there is no server ${name}`);
    return server;
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map(({ process }) => process.stop()));
    rmSync(this.dir, { recursive: true });
  }

  #add(name: string, address: string, httpPort: number, all: readonly string[]): void {
    const args = [
      SERVER, '--name', name, '--host', '127.0.0.1', '--port', address.split(':')[1] ?? '', '--http-port', String(httpPort), '--advertise', address,
      '--db-file', join(this.dir, `${name}.db`), '--cluster-secret-file', this.secretFile, '--replicas', all.join(','),
    ];
    const log = process.env['PARLEY_TEST_LOG'];
    const print = (line: string): void => void (log && process.stderr.write(`${line}\n`));
    this.servers.push({ name, address, process: createChild({ name, command: process.execPath, args, restart: false, print }) });
  }
}

async function startAndWait(server: Child, httpPort: number): Promise<void> {
  server.start();
  const ready = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${httpPort}/readyz`)).ok;
  await Promise.race([
    until(ready, { what: `${server.name} is ready`, timeoutMs: 30_000 }),
    server.refused.then((reason) => Promise.reject(new Error(reason))),
  ]);
}
