import type { Servers } from './servers.ts';
import { isObject, parseObject, type Storage } from './storage.ts';

const KEY = 'servers';

/** Keeps, from one start to the next, which cluster it is and which servers it has besides the given ones. */
export class ServerMemory {
  readonly #storage: Storage;
  readonly #servers: Servers;
  #kept: string | undefined;

  constructor(storage: Storage, servers: Servers) {
    this.#storage = storage;
    this.#servers = servers;
  }

  /** Adds the servers that were kept; resolves to the cluster's id, undefined at the first start. */
  async recall(): Promise<string | undefined> {
    this.#kept = await this.#storage.get(KEY);
    const { clusterId, servers } = parseObject(this.#kept) ?? {};
    for (const server of Array.isArray(servers) ? servers : []) {
      if (!isObject(server) || typeof server['address'] !== 'string') continue;
      const { address, name, replicaId, source } = server;
      this.#servers.add(address, source === 'added' ? 'added' : 'learnt', {
        ...(typeof name === 'string' && { name }),
        ...(typeof replicaId === 'string' && { replicaId }),
      });
    }
    return typeof clusterId === 'string' ? clusterId : undefined;
  }

  /** Writes only what differs from what was written last. */
  keep(clusterId: string | undefined): void {
    if (clusterId === undefined) return;
    const servers = this.#servers.all().filter(({ source, standing }) => source !== 'given' && standing !== 'foreign')
      .map(({ endpoint, name, replicaId, source }) => ({ address: endpoint.address, source, name, replicaId }));
    const text = JSON.stringify({ clusterId, servers });
    if (text === this.#kept) return;
    this.#kept = text;
    void this.#storage.set(KEY, text);
  }
}
