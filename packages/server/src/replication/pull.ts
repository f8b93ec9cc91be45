import type { PullResponse } from '@parley/proto/replication';
import type { Time } from '../stamp/clock.ts';
import type { VectorEntry } from '../stamp/version-vector.ts';
import type { Store } from '../store/store.ts';
import type { Peer } from './peer.ts';
import type { Receiver } from './receive.ts';

/** What is on its way by Replicate comes within this; only what does not is pulled. */
const GRACE_MS = 50;
/** After a failed pull, and while changes wait that nobody has the missing ones for. */
const RETRY_MS = 500;
/** A pull that brings no page for so long may hang: another peer is asked too. */
const PATIENCE_MS = 2000;

export interface PullHooks {
  /** All peers, members or not. */
  peers(): Iterable<Peer>;
  /** Makes the call. */
  call(peer: Peer): Promise<PullResponse>;
  /** The answer's report. */
  answered(peer: Peer, response: PullResponse): void;
  failed(peer: Peer, error: unknown): void;
  /** Once a heartbeat: peers answer, and none of them has anything that is lacking here. */
  level(): void;
}

/**
 * Asks a peer for what it has and this replica lacks, when that is not on its way already [P2]. One pull at a time, but for those
 * that hang; a peer that does not answer is not asked.
 */
export class Puller {
  readonly #store: Store;
  readonly #receiver: Receiver;
  readonly #time: Time;
  readonly #hooks: PullHooks;
  /** Pulls under way, and when the last page of each came. */
  readonly #pulls = new Map<Peer, number>();
  /** Peers from which the last pull did not bring all, and since when: others are asked before them. */
  readonly #failedAt = new Map<Peer, number>();
  #cancel: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #closed = false;
  #notBefore = 0;

  constructor(store: Store, receiver: Receiver, time: Time, hooks: PullHooks) {
    this.#store = store;
    this.#receiver = receiver;
    this.#time = time;
    this.#hooks = hooks;
  }

  /**
   * To be called once a heartbeat. Where nobody has anything that is lacking here, what still waits for something is forgotten after
   * two of these: nobody is there to bring that, and who comes back with it brings all of it.
   */
  tick(): void {
    if (!this.consider()) return;
    this.#receiver.dropStuck();
    this.#hooks.level();
  }

  /** Looks whether some peer has what is lacking here, and arms a pull for when it has not come by itself. True where peers answer, and nothing is lacking. */
  consider(): boolean {
    if (this.#closed) return false;
    const now = this.#time.monotonicMs();
    const free = Math.max(this.#notBefore, ...[...this.#pulls.values()].map((page) => page + PATIENCE_MS));
    let isLevel = this.#pulls.size === 0;
    const askable = this.#askable();
    for (const peer of askable) {
      for (const { origin } of this.#lackingOf(peer)) {
        isLevel = false;
        this.#arm(Math.max(free, this.#isOwnerUp(origin) ? now + GRACE_MS : now), now);
      }
    }
    return isLevel && askable.length > 0;
  }

  /** Pulls without grace: somebody waits for it. */
  now(): void {
    const now = this.#time.monotonicMs();
    if (!this.#closed && this.#pulls.size === 0) this.#arm(now, now);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #arm(at: number, now: number): void {
    if (at >= this.#armedFor) return;
    this.#cancel?.();
    this.#armedFor = at;
    const lacking = this.#askable().map((peer) => ({ peer, lacks: this.#lackingOf(peer) }));
    this.#cancel = this.#time.after(Math.max(0, at - now), () => {
      this.#armedFor = Number.POSITIVE_INFINITY;
      // What was lacking when this was armed and has come meanwhile was on its way: no pull for that.
      const still = lacking.filter(({ peer, lacks }) => !this.#pulls.has(peer) && !this.#store.vector.reaches(lacks)).map(({ peer }) => peer);
      const [best] = still.sort((a, b) => compare(this.#failed(a), this.#failed(b)) || compare(distance(a), distance(b)));
      if (best) void this.#pullFrom(best);
      else this.consider();
    });
  }

  /** Pulls page by page until level with the peer. */
  async #pullFrom(peer: Peer): Promise<void> {
    this.#pulls.set(peer, this.#time.monotonicMs());
    const isLevel = await this.#pullAll(peer);
    this.#pulls.delete(peer);
    if (this.#closed) return;
    if (isLevel) this.#failedAt.delete(peer);
    else this.#failedAt.set(peer, this.#time.monotonicMs());
    const isAnother = this.#askable().some((other) => !this.#failedAt.has(other) && this.#lackingOf(other).length > 0);
    this.#notBefore = isLevel || isAnother ? 0 : this.#time.monotonicMs() + RETRY_MS;
    this.consider();
  }

  #failed(peer: Peer): number {
    return this.#failedAt.get(peer) ?? Number.NEGATIVE_INFINITY;
  }

  async #pullAll(peer: Peer): Promise<boolean> {
    try {
      for (;;) {
        const before = this.#store.version;
        const response = await this.#hooks.call(peer);
        await this.#receiver.receive(response.changes);
        if (this.#closed) return false;
        this.#pulls.set(peer, this.#time.monotonicMs());
        this.#hooks.answered(peer, response);
        const isLevel = this.#lackingOf(peer).length === 0;
        if (isLevel) this.#receiver.dropStuck();
        if (isLevel || this.#store.version === before) return isLevel;
      }
    } catch (error) {
      if (!this.#closed) this.#hooks.failed(peer, error);
      return false;
    }
  }

  /** Peers that answer and are not being pulled from. */
  #askable(): Peer[] {
    return [...this.#hooks.peers()].filter((peer) => peer.answers && !this.#pulls.has(peer));
  }

  #lackingOf(peer: Peer): VectorEntry[] {
    const lacking: VectorEntry[] = [];
    for (const entry of peer.ahead.values()) {
      if (this.#store.vector.seq(entry.origin) < entry.seq) lacking.push(entry);
      else peer.ahead.delete(entry.origin);
    }
    return lacking;
  }

  /** Is the process that writes under this origin there to bring the changes itself? */
  #isOwnerUp(origin: number): boolean {
    for (const peer of this.#hooks.peers()) if (peer.origin === origin && peer.answers) return true;
    return false;
  }
}

/** A peer that was never reached is the farthest. */
function distance(peer: Peer): number {
  return peer.roundTripMs || Number.POSITIVE_INFINITY;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
