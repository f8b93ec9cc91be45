import type { Peer } from './peer.ts';

/** So many characters of a replica's id name it where its copies are told of: those of a cluster differ in them, as `git log --oneline` trusts of commits. */
const HOLDER_CHARACTERS = 6;
/** On fewer disks a write does not outlive the loss of one. */
const SAFE_COPIES = 2;

/** Which replicas hold a write, fsynced, of how many in the cluster. */
export interface Copies {
  readonly stored: number;
  readonly replicas: number;
  /** Each replica that is up holds it: at least two, or the one of a cluster of one. */
  readonly onAllUp: boolean;
  /** The first characters of their ids, this replica's first. */
  readonly holders: string[];
}

/** The copies of a write that the replica `ownId` holds, by what its peers have reported [A1]. */
export function countCopies(write: { readonly origin: number; readonly seq: number }, ownId: string, members: Iterable<Peer>): Copies {
  const holders = [holderName(ownId)];
  let replicas = 1;
  let isLacking = false;
  for (const peer of members) {
    replicas += 1;
    if (peer.holds(write)) holders.push(holderName(peer.replicaId));
    else isLacking ||= peer.up;
  }
  return { stored: holders.length, replicas, onAllUp: !isLacking && holders.length >= Math.min(SAFE_COPIES, replicas), holders };
}

/** How copies name a replica. */
export function holderName(replicaId: string): string {
  return replicaId.slice(0, HOLDER_CHARACTERS);
}
