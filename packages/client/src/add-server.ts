import { ChatServiceDefinition } from '@parley/proto/chat';
import type { Attempts } from './attempts.ts';
import type { Cluster } from './cluster.ts';
import { CallError, Failure, GrpcCode } from './failure.ts';
import type { Servers } from './servers.ts';
import type { Transport } from './transport.ts';

const { getCluster } = ChatServiceDefinition.methods;

/** Somebody looks at the dialog. */
const PATIENCE_MS = 2_000;
/** A first connection takes three and the call one: on a ship's link 700 ms each, and longer than usual where this machine itself is busy, as the server in use shows. */
const PATIENCE_ROUND_TRIPS = 4;

export interface AddServerOptions {
  readonly attempts: Attempts;
  readonly cluster: Cluster;
  readonly servers: Servers;
  readonly transport: Transport;
}

/**
 * Asks a typed address whether a server of this cluster is there, and adds it if so. Resolves to its address in the list.
 * Nothing secret is sent to it. Rejects with a Failure that says in words what is there instead.
 */
export async function addServer(typed: string, { attempts, cluster, servers, transport }: AddServerOptions): Promise<string> {
  const address = transport.normalize(typed);
  if (address === undefined) throw new Failure('NOT_AN_ADDRESS', 'That is not an address. Write it like server4:8084 or http://server4.example:8084, then try again.');
  const isNew = servers.get(address) === undefined;
  try {
    const reply = await attempts.once(address, getCluster, getCluster.requestType.create(), { deadlineMs: patienceMs(servers) });
    if (cluster.clusterId !== undefined && cluster.clusterId !== reply.clusterId) {
      throw new Failure('OTHER_CLUSTER', `${address} belongs to another Parley cluster, with other accounts. Open ${address} itself to chat there.`);
    }
    const self = reply.replicas.find((replica) => replica.self);
    const known = servers.all().find((server) => server.replicaId === self?.replicaId && server.source !== 'learnt' && servers.isUsable(server.endpoint.address));
    if (known && isNew) {
      attempts.forget(address);
      return known.endpoint.address;
    }
    servers.add(address, 'added');
    await cluster.ask(address);
    return address;
  } catch (error) {
    if (isNew && servers.get(address) === undefined) attempts.forget(address);
    throw inWords(address, error);
  }
}

function patienceMs(servers: Servers): number {
  const inUse = servers.inUse === undefined ? undefined : servers.get(servers.inUse);
  return PATIENCE_MS + PATIENCE_ROUND_TRIPS * (inUse?.endpoint.roundTripMs ?? 0);
}

function inWords(address: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CallError && (error.notGrpc || error.code === GrpcCode.UNIMPLEMENTED)) {
    return new Failure('NOT_PARLEY', `${address} answers, but is not a Parley server. Check the host and the port, then try again.`);
  }
  return new Failure('UNREACHABLE', `${address} does not answer. Check that the server runs and that this device can reach it, then try again.`);
}
