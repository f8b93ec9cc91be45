import type { ServerMove } from './api.ts';
import type { Servers } from './servers.ts';
import { isObject, parseObject, type Storage } from './storage.ts';

const KEY = 'servers';

/** Keeps, from one start to the next, which cluster it is, which servers it has besides the given ones, and the last moves between them. */
export class ServerMemory {
  readonly #storage: Storage;
  readonly #servers: Servers;
  #kept: string | undefined;

  constructor(storage: Storage, servers: Servers) {
    this.#storage = storage;
    this.#servers = servers;
  }

  /** Adds the servers and moves that were kept; resolves to the cluster's id, undefined at the first start. */
  async recall(): Promise<string | undefined> {
    this.#kept = await this.#storage.get(KEY);
    const { clusterId, servers, moves } = parseObject(this.#kept) ?? {};
    if (Array.isArray(moves)) this.#servers.recallMoves(moves.flatMap((move: unknown) => moveOf(move) ?? []));
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
    const text = JSON.stringify({ clusterId, servers, moves: this.#servers.moves });
    if (text === this.#kept) return;
    this.#kept = text;
    void this.#storage.set(KEY, text);
  }
}

/** What storage holds may be of another version. */
function moveOf(kept: unknown): ServerMove | undefined {
  if (!isObject(kept)) return undefined;
  const { at, from, to, tookMs, cause } = kept;
  if (typeof at !== 'number' || typeof from !== 'string' || typeof to !== 'string' || typeof tookMs !== 'number') return undefined;
  return { at, from, to, tookMs, cause: cause === 'aside' ? 'aside' : 'silent' };
}
