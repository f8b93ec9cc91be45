import { PROOF_HEADER } from '@parley/proof';
import type { ReplicationServiceDefinition } from '@parley/proto/replication';
import type { Logger } from 'pino';
import { Refusal } from '../errors.ts';
import type { CallContext, Handlers } from '../grpc/handlers.ts';
import { patienceMs } from '../grpc/patience.ts';
import type { Time } from '../stamp/clock.ts';
import type { Store } from '../store/store.ts';
import type { CopyDesk } from './copy-desk.ts';
import { removeReplica } from './removal.ts';
import type { Replication } from './replication.ts';
import type { Identity } from './reports.ts';
import type { Verification } from './verification.ts';

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
  /** Another process, at that address, has this replica's id. */
  readonly onNamesake: (address: string) => void;
  /** How many changes this replica has. */
  readonly changes: () => number;
  /** Hands out this replica's file; undefined where it has none. */
  readonly copies: Pick<CopyDesk, 'read'> | undefined;
  /** Compares tables; undefined where there is no file to compare. */
  readonly verification: () => Verification | undefined;
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
      const { replicaId, process, address: ownAddress } = parts.identity();
      if (callerId === replicaId && address !== ownAddress) parts.onNamesake(address);
      const clusterId = parts.clusterId();
      // Whoever has nothing either would begin a new cluster with it.
      if (clusterId === undefined && parts.wasDamaged) throw starting();
      return { replicaId, process, clusterId: clusterId ?? '', empty: clusterId === undefined, memberAddresses: parts.memberAddresses(), changes: parts.changes(), registered: parts.store.queries.replicas.registration(replicaId) };
    },
    readCopy: async (request) => {
      serving();
      checkCluster(request.clusterId, parts.clusterId());
      if (!parts.copies) throw noFile();
      return parts.copies.read(request);
    },
    verify: async (request) => {
      serving();
      checkCluster(request.clusterId, parts.clusterId());
      const verification = parts.verification();
      if (!verification) throw noFile();
      return verification.answer(request);
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

function checkCluster(asked: string, own: string | undefined): void {
  if (asked !== own) throw new Refusal('OTHER_CLUSTER', `this replica belongs to cluster ${own ?? 'none'}, the caller to ${asked || 'none'}`);
}

function noFile(): Refusal {
  return new Refusal('NO_FILE', 'this replica keeps its data in memory; ask another one');
}

function starting(): Refusal {
  return new Refusal('STARTING', 'this replica is starting; try again');
}
