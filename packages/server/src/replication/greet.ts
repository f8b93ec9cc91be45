import type { Logger } from 'pino';
import type { Time } from '../stamp/clock.ts';
import type { Store } from '../store/store.ts';
import type { Connect, ReplicationLink } from './link.ts';
import { isRefusedProof } from './proof.ts';
import type { Replication } from './replication.ts';
import type { Identity } from './reports.ts';

/** Seeds that are not members yet are asked again this often. */
const GREET_EVERY_MS = 1000;

/**
 * Keeps asking the addresses that the operator gave until each is a member: replicas that were all started empty, or
 * that came up apart, find each other so [J2]. Returns how to stop.
 */
export function greetSeeds(seeds: readonly string[], options: { store: Store; time: Time; log: Logger; connect: Connect; identity: Identity; replication: Replication; onNamesake: (address: string) => void }): () => void {
  const { store, time, log, connect, identity, replication, onNamesake } = options;
  /** Seeds that are of another cluster, each told once. */
  const foreign = new Map<string, string>();
  const tell = (address: string, message: string) => {
    if (foreign.get(address) !== message) log.warn({ address }, message);
    foreign.set(address, message);
  };
  const links = new Map<string, ReplicationLink>();
  let cancel = () => {};
  const close = (address: string) => {
    links.get(address)?.close();
    links.delete(address);
  };
  const round = () => {
    const members = new Set(store.queries.replicas.members().map((row) => row.address));
    for (const address of seeds) {
      if (members.has(address)) {
        close(address);
        continue;
      }
      const link = links.get(address) ?? connect(address);
      links.set(address, link);
      link.join({ replicaId: identity.replicaId, address: identity.address }).then(
        (answer) => {
          // A seed may be another name of this very process.
          if (answer.process === identity.process || answer.empty) return;
          if (answer.replicaId === identity.replicaId) onNamesake(address);
          else if (answer.clusterId === identity.clusterId) replication.greet(answer, address);
          else tell(address, 'this replica was told of an address that belongs to another cluster; correct --replicas or --join');
        },
        (error: unknown) => {
          if (isRefusedProof(error)) tell(address, 'this replica was told of an address that has another cluster secret; give both the same secret file, or correct --replicas or --join');
        },
      );
    }
    cancel = time.after(GREET_EVERY_MS, round);
  };
  round();
  return () => {
    cancel();
    for (const address of links.keys()) close(address);
  };
}
