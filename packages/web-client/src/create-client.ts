import type { Clock } from '@parley/client/clock';
import { ParleyClient } from '@parley/client/client';
import { IndexedDbStorage } from '@parley/client/storages/indexed-db';
import { grpcWebTransport } from '@parley/client/transports/grpc-web';
import { knownServers } from './known-servers.ts';

/** The client of the servers that this page, or this worker, came from. `clock`: where it is not the system's. */
export async function createClient(origin: string, clock?: Clock): Promise<ParleyClient> {
  return new ParleyClient({ servers: [origin], hints: await knownServers(origin), transport: grpcWebTransport, storage: new IndexedDbStorage('parley'), ...(clock && { clock }) });
}
