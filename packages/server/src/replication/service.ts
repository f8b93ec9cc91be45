import type { ReplicationServiceDefinition } from '@parley/proto/replication';
import type { Logger } from 'pino';
import { Refusal } from '../errors.ts';
import type { CallContext, Handlers } from '../grpc/handlers.ts';
import { patienceMs } from '../grpc/patience.ts';
import type { Time } from '../stamp/clock.ts';
import type { Store } from '../store/store.ts';
import { PROOF_HEADER } from './proof.ts';
import { removeReplica } from './removal.ts';
import type { Identity, Replication } from './replication.ts';

export interface ReplicationParts {
  readonly store: Store;
  readonly time: Time;
  readonly log: Logger;
  readonly identity: () => Omit<Identity, 'clusterId'>;
  /** The cluster that this replica is a member of; undefined while it has nothing. */
  readonly clusterId: () => string | undefined;
  /** This replica's database was damaged and set aside: until it has copied the cluster it is not one that has nothing. */
  readonly wasDamaged: boolean;
  readonly memberAddresses: () => string[];
  /** Undefined until this replica serves. */
  readonly replication: () => Replication | undefined;
  /** Somebody is typing at another replica. */
  readonly onRelay: (typing: { accountId: string; conversationId: string }) => void;
}

/** What replicas ask of each other: the table of contents. */
export function replicationHandlers(parts: ReplicationParts): Handlers<typeof ReplicationServiceDefinition> {
  const serving = () => {
    const replication = parts.replication();
    if (!replication) throw starting();
    return replication;
  };
  return {
    replicate: async (request) => serving().replicate(request),
    pull: async (request) => serving().pull(request),
    readHashes: async (request) => serving().readHashes(request),
    join: async ({ replicaId: callerId, address }) => {
      parts.log.debug({ replicaId: callerId, address }, 'asked who is here');
      const { replicaId, process } = parts.identity();
      const clusterId = parts.clusterId();
      // Whoever has nothing either would begin a new cluster with it.
      if (clusterId === undefined && parts.wasDamaged) throw starting();
      return { replicaId, process, clusterId: clusterId ?? '', empty: clusterId === undefined, memberAddresses: parts.memberAddresses() };
    },
    relay: async (request) => {
      serving();
      parts.onRelay(request);
      return {};
    },
    remove: async ({ replicaId }, call) => {
      const removing = { store: parts.store, replication: serving(), ownId: parts.identity().replicaId };
      parts.log.warn({ replicaId, from: call.from }, 'asked to remove a replica');
      return removeReplica(removing, replicaId, patienceMs(call, parts.time.wallMs()));
    },
  };
}

/** Refuses a caller that does not prove the cluster's secret. `isProof` is undefined until the secrets are read. */
export function checkProof(isProof: ((proof: string) => boolean) | undefined, call: CallContext): void {
  if (!isProof) throw starting();
  if (!isProof(String(call.metadata.get(PROOF_HEADER)[0] ?? ''))) {
    throw new Refusal('WRONG_PROOF', "the call does not prove the cluster's secret; give all replicas the same secret file");
  }
}

function starting(): Refusal {
  return new Refusal('STARTING', 'this replica is starting; try again');
}
