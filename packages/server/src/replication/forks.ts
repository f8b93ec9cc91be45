import type { Logger } from 'pino';
import type { Rewritten, Store } from '../store/store.ts';
import { findParting } from './parting.ts';
import type { Peer } from './peer.ts';

export interface ForkHooks {
  /** All peers, members or not. */
  peers(): Iterable<Peer>;
  /** A branch was cut here, and what it held was written again: nothing that peers reported before holds any more. */
  mended(origin: number, rewritten: readonly Rewritten[]): void;
  /** The two have the same history after all: the peer is to tell anew what it has. */
  agreed(peer: Peer): void;
}

/**
 * Mends forks: two histories under one origin, which a machine makes that is put back to an earlier state while it runs.
 * Of the two branches the one whose first differing change has the lower hash stays [F3]; whoever holds the other cuts it, and
 * writes what it held again under its own origin, so that nothing is lost. Each replica mends by itself: all choose alike.
 */
export class Forks {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #hooks: ForkHooks;
  readonly #told = new Set<number>();
  #isMending = false;

  constructor(store: Store, log: Logger, hooks: ForkHooks) {
    this.#store = store;
    this.#log = log;
    this.#hooks = hooks;
  }

  /** A peer has another history of that origin. */
  found(peer: Peer, origin: number): void {
    peer.forked.add(origin);
    // Others have what this process never wrote: it must not go on under that name.
    if (origin === this.#store.origin) this.#store.drawNewOrigin();
    if (!this.#told.has(origin)) this.#log.error({ alarm: 'fork', origin, peer: peer.name }, 'two histories under one origin: a machine was put back to an earlier state while it ran; the replicas mend it');
    this.#told.add(origin);
    this.look();
  }

  /** Goes on mending where a peer that answers has another history. */
  look(): void {
    if (this.#isMending) return;
    const open = [...this.#hooks.peers()].filter((peer) => peer.answers).flatMap((peer) => [...peer.forked].map((origin) => ({ peer, origin })));
    const [first] = open;
    if (!first) return;
    this.#isMending = true;
    void this.#mendAll(open).finally(() => {
      this.#isMending = false;
    });
  }

  async #mendAll(open: readonly { peer: Peer; origin: number }[]): Promise<void> {
    for (const { peer, origin } of open) {
      try {
        // After a cut all is different: what is still open is found again.
        if (await this.#mend(peer, origin)) return;
      } catch (error) {
        this.#log.warn({ peer: peer.name, origin, reason: error instanceof Error ? error.message : String(error) }, 'the fork could not be compared yet');
      }
    }
  }

  /** True when this replica's branch was cut. */
  async #mend(peer: Peer, origin: number): Promise<boolean> {
    const { log, vector } = this.#store;
    const parting = await findParting(vector.seq(origin), (seq) => log.hashAt(origin, seq), async (seqs) => (await peer.link.readHashes({ origin, seqs })).hashes);
    if (!parting) {
      peer.forked.delete(origin);
      this.#hooks.agreed(peer);
      return false;
    }
    // The lower one stays: the peer hears of it and mends.
    if (Buffer.compare(parting.ours, parting.theirs) < 0) return false;
    const rewritten = await this.#store.cut({ origin, seq: parting.seq, hash: parting.ours });
    if (!rewritten) return false;
    this.#told.delete(origin);
    this.#log.error({ alarm: 'fork', origin, from: parting.seq, changes: rewritten.length, peer: peer.name }, 'mended: this branch was cut, and what it held written again');
    this.#hooks.mended(origin, rewritten);
    return true;
  }
}
