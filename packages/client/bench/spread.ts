import { until } from '../../../scripts/local-cluster/until.ts';
import { ParleyClient } from '../src/client.ts';
import { MemoryStorage } from '../src/storages/memory.ts';
import type { RealTransport } from '../test/real/real-transports.ts';
import type { ServerProcesses } from '../test/real/server-processes.ts';

/** Where the clients of a dead server go: they must not all rush to the same next one. By server, their number. */
export async function countSpread(processes: ServerProcesses, real: RealTransport, count: number): Promise<ReadonlyMap<string, number>> {
  await processes.restore();
  const [first] = processes.servers;
  if (!first) throw new Error('there are no servers');
  const clients = Array.from({ length: count }, () => new ParleyClient({ servers: [real.addressOf(first)], transport: real.transport, storage: new MemoryStorage() }));
  const uses = (client: ParleyClient): string | undefined => client.getSnapshot().servers.find((server) => server.inUse)?.name;
  try {
    await until(() => clients.every((client) => uses(client) === first.name && client.getSnapshot().servers.length === processes.servers.length), { what: 'all clients use the first server', timeoutMs: 30_000 });
    await first.kill();
    await until(() => clients.every((client) => (uses(client) ?? first.name) !== first.name), { what: 'all clients have gone over', timeoutMs: 30_000 });
    return new Map(processes.servers.slice(1).map((server) => [server.name, clients.filter((client) => uses(client) === server.name).length]));
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}
