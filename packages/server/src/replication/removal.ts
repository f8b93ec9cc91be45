import { ChangeKind } from '@parley/proto/replication';
import { invalid, Refusal } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { Copies } from './copies.ts';
import type { Replication } from './replication.ts';

/**
 * Takes a replica out of the cluster [D1]; resolves to the copies of that, counted without it, at the latest after `withinMs`. A
 * repetition writes nothing. Throws REPLICA_NOT_FOUND, or INVALID_FIELD for the replica `ownId` itself: its removal would not be
 * counted where people still use it.
 */
export async function removeReplica({ store, replication, ownId }: { store: Store; replication: Replication; ownId: string }, replicaId: string, withinMs: number): Promise<Copies> {
  if (replicaId === ownId) throw invalid('replica_id', 'This is the replica that you ask. Ask another one to remove it.');
  const { last } = await store.write((tx) => {
    const { replicas } = tx.queries;
    if (replicas.removal(replicaId)) return;
    if (!replicas.registration(replicaId)) throw new Refusal('REPLICA_NOT_FOUND', `No replica with the id “${replicaId.slice(0, 64)}” has registered. The servers' list has the ids.`);
    tx.append(ChangeKind.CHANGE_KIND_REPLICA_REMOVED, replicaId, new Uint8Array());
  });
  const removal = last ?? store.queries.replicas.removal(replicaId);
  if (!removal) throw new Refusal('REPLICA_NOT_FOUND', 'The replica has registered again meanwhile. Remove it once more if it is to go.');
  return replication.waitForCopies(removal, withinMs);
}
