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

export interface PullHooks {
  /** All peers, members or not. */
  peers(): Iterable<Peer>;
  /** Makes the call. */
  call(peer: Peer): Promise<PullResponse>;
  /** The answer's report. */
  answered(peer: Peer, response: PullResponse): void;
  failed(peer: Peer, error: unknown): void;
}

/** Asks a peer for what it has and this replica lacks, when that is not on its way already [P2]. */
export class Puller {
  readonly #store: Store;
  readonly #receiver: Receiver;
  readonly #time: Time;
  readonly #hooks: PullHooks;
  #cancel: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #pulling = false;
  #closed = false;
  #notBefore = 0;

  constructor(store: Store, receiver: Receiver, time: Time, hooks: PullHooks) {
    this.#store = store;
    this.#receiver = receiver;
    this.#time = time;
    this.#hooks = hooks;
  }

  /** Looks whether some peer has what is lacking here, and arms a pull for when it has not come by itself. */
  consider(): void {
    if (this.#closed || this.#pulling) return;
    const now = this.#time.monotonicMs();
    for (const peer of this.#hooks.peers()) {
      for (const entry of this.#lackingOf(peer)) {
        this.#arm(Math.max(this.#notBefore, this.#isOwnerUp(entry.origin) ? now + GRACE_MS : now), now);
      }
    }
  }

  /** Pulls without grace: somebody waits for it. */
  now(): void {
    const now = this.#time.monotonicMs();
    if (!this.#closed && !this.#pulling) this.#arm(now, now);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #arm(at: number, now: number): void {
    if (at >= this.#armedFor) return;
    this.#cancel?.();
    this.#armedFor = at;
    const lackingNow = [...this.#hooks.peers()].map((peer) => ({ peer, lacks: this.#lackingOf(peer) }));
    this.#cancel = this.#time.after(Math.max(0, at - now), () => {
      this.#armedFor = Number.POSITIVE_INFINITY;
      // What was lacking when this was armed and has come meanwhile was on its way: no pull for that.
      const still = lackingNow.filter(({ lacks }) => !this.#store.vector.reaches(lacks)).map(({ peer }) => peer);
      if (still.length > 0) void this.#pullFrom(still);
      else this.consider();
    });
  }

  /** Pulls page by page until level with the first of the peers that answers. */
  async #pullFrom(peers: Peer[]): Promise<void> {
    this.#pulling = true;
    let isLevel = false;
    try {
      for (const peer of peers.sort((a, b) => Number(b.answers) - Number(a.answers) || a.roundTripMs - b.roundTripMs)) {
        isLevel = await this.#pullAll(peer);
        if (isLevel || this.#closed) break;
      }
    } finally {
      this.#pulling = false;
    }
    if (this.#closed) return;
    this.#notBefore = isLevel ? 0 : this.#time.monotonicMs() + RETRY_MS;
    this.consider();
  }

  async #pullAll(peer: Peer): Promise<boolean> {
    try {
      for (;;) {
        const before = this.#store.version;
        const response = await this.#hooks.call(peer);
        await this.#receiver.receive(response.changes);
        if (this.#closed) return false;
        this.#hooks.answered(peer, response);
        const isLevel = this.#lackingOf(peer).length === 0;
        if (isLevel) this.#receiver.dropQueues();
        if (isLevel || this.#store.version === before) return isLevel;
      }
    } catch (error) {
      if (!this.#closed) this.#hooks.failed(peer, error);
      return false;
    }
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
