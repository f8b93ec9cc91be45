import type { ReplicationServiceDefinition } from '@parley/proto/replication';
import { Refusal } from '../errors.ts';
import type { CallContext, Handlers } from '../grpc/handlers.ts';
import { PROOF_HEADER } from './proof.ts';
import type { Identity, Replication } from './replication.ts';

export interface ReplicationServiceRooms {
  /** Undefined until the secrets are read. */
  readonly isProof: () => ((proof: string) => boolean) | undefined;
  readonly identity: () => Omit<Identity, 'clusterId'>;
  /** The cluster that this replica is a member of; undefined while it has nothing. */
  readonly clusterId: () => string | undefined;
  readonly memberAddresses: () => string[];
  /** Undefined until this replica serves. */
  readonly replication: () => Replication | undefined;
  /** Somebody is typing at another replica. */
  readonly onRelay: (typing: { accountId: string; conversationId: string }) => void;
}

/** What replicas ask of each other: the table of contents. */
export function replicationHandlers(rooms: ReplicationServiceRooms): Handlers<typeof ReplicationServiceDefinition> {
  const authenticate = (call: CallContext) => {
    const isProof = rooms.isProof();
    if (!isProof) throw starting();
    if (!isProof(String(call.metadata.get(PROOF_HEADER)[0] ?? ''))) {
      throw new Refusal('WRONG_PROOF', "the call does not prove the cluster's secret; give all replicas the same secret file");
    }
  };
  const serving = (call: CallContext) => {
    authenticate(call);
    const replication = rooms.replication();
    if (!replication) throw starting();
    return replication;
  };
  return {
    replicate: async (request, call) => serving(call).replicate(request),
    pull: async (request, call) => serving(call).pull(request),
    join: async (_request, call) => {
      authenticate(call);
      const { replicaId, process } = rooms.identity();
      const clusterId = rooms.clusterId();
      return { replicaId, process, clusterId: clusterId ?? '', empty: clusterId === undefined, memberAddresses: rooms.memberAddresses() };
    },
    relay: async (request, call) => {
      serving(call);
      rooms.onRelay(request);
      return {};
    },
  };
}

function starting(): Refusal {
  return new Refusal('STARTING', 'this replica is starting; try again');
}
