import type { Copies } from '@parley/proto/chat';
import { holderName } from '../../src/replication/copies.ts';
import type { Running } from '../machine.ts';
import type { Ledger, WriteKey } from './ledger.ts';

/** Is what people are told of who holds a message true? [A10] */
export class Holders {
  readonly #ledger: Ledger;
  /** Disks by the names under which copies tell of their replicas; a file that was copied is on several. */
  readonly #disks = new Map<string, Set<string>>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** That disk is this replica's. It may have had another id before. */
  is(disk: string, { store }: Running): void {
    const replicaId = store.getLocal('replica_id');
    if (replicaId === undefined) return;
    const name = holderName(replicaId);
    this.#disks.set(name, (this.#disks.get(name) ?? new Set()).add(disk));
  }

  /** Has each replica that is named had it on its disk, and are there as many as are counted? Undefined, or what is wrong. */
  check(where: string, key: WriteKey, { stored, replicas, onAllUp, holders }: Copies): string | undefined {
    if (new Set(holders).size !== stored || holders.length !== stored) return `${where} tells of ${stored} copies of ${key}, and names ${holders.join() || 'nobody'}`;
    const without = holders.find((holder) => !this.#hasHeld(holder, key));
    if (without !== undefined) return `${where} names ${without} for ${key}, whose disk never held it`;
    if (onAllUp && stored < Math.min(2, replicas)) return `${where} says that ${stored} of ${replicas} copies of ${key} are all that can be lost`;
    return !onAllUp && stored === replicas ? `${where} does not say that all that are up hold ${key}, which all hold` : undefined;
  }

  /** Where the answer says so: does each peer that writes wait for hold it? Undefined, or what is wrong. */
  checkAllUp({ name, replica }: Running, key: WriteKey, { onAllUp }: Copies): string | undefined {
    if (!onAllUp) return undefined;
    const without = replica.members().find(({ peer }) => peer.up && !this.#hasHeld(holderName(peer.replicaId), key));
    return without && `${name} says that all that are up hold ${key}; ${without.peer.name} is up, and its disk never held it`;
  }

  #hasHeld(holder: string, key: WriteKey): boolean {
    return [...(this.#disks.get(holder) ?? [])].some((disk) => this.#ledger.hasHeld(disk, key));
  }
}
