import type { Time } from '../stamp/clock.ts';
import { type VectorEntry, VersionVector } from '../stamp/version-vector.ts';
import type { Store } from '../store/store.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import type { Copies } from './copies.ts';
import type { Coverage } from './coverage.ts';
import type { Membership } from './membership.ts';
import type { Peer } from './peer.ts';
import type { Puller } from './pull.ts';

/** When no peer is known to have what is lacking, all are asked, and given this long. */
const ASK_ROUND_MS = 250;

export interface CatchUpParts {
  readonly store: Store;
  readonly time: Time;
  readonly membership: Pick<Membership, 'peers' | 'members' | 'reportNow'>;
  readonly acks: Acknowledgements;
  readonly coverage: Coverage;
  readonly puller: Pick<Puller, 'now'>;
}

/** Asks peers what they have, and waits until this replica has it too. */
export class CatchUp {
  readonly #parts: CatchUpParts;
  /** What waits for the next report or failure. */
  readonly #watchers = new Set<() => void>();
  #isClosed = false;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** A peer has reported, or could not be reached. */
  heard(): void {
    for (const look of this.#watchers) look();
  }

  close(): void {
    this.#isClosed = true;
    this.heard();
  }

  /** Resolves once each member has answered or failed once, or after `timeoutMs`: who is up is known then. */
  askedAll(timeoutMs: number): Promise<void> {
    return this.#heardUntil((peer) => peer.asked, timeoutMs);
  }

  /**
   * Asks every member, also those that are down, for a report that covers the write, and then reaches all that the
   * answers showed: whoever wrote the like at the same time is seen after this [U1].
   */
  async askEveryone(write: { origin: number; seq: number }, withinMs: number): Promise<Copies> {
    const { time, membership, acks } = this.#parts;
    const started = time.monotonicMs();
    membership.reportNow();
    const copies = await acks.wait(write, withinMs, true);
    await this.#reachShown(withinMs - (time.monotonicMs() - started));
    return copies;
  }

  /** Asks every member that answers what it has, and reaches that, as far as it comes within `withinMs`. */
  async refresh(withinMs: number): Promise<void> {
    const { time } = this.#parts;
    const started = time.monotonicMs();
    await this.#askAll(withinMs);
    await this.#reachShown(withinMs - (time.monotonicMs() - started));
  }

  /** Reaches `target` by number: pulls where a reachable peer has what is lacking. False when it is not reached in time, or nobody has it. */
  async reach(target: readonly VectorEntry[], timeoutMs: number): Promise<boolean> {
    const { store, time, coverage, puller } = this.#parts;
    const end = time.monotonicMs() + timeoutMs;
    if (store.vector.reaches(target)) return true;
    if (!this.isHadBySomeone(target)) {
      await this.#askAll(timeoutMs);
      if (!this.isHadBySomeone(target)) return false;
    }
    puller.now();
    return coverage.reach(target, Math.max(0, end - time.monotonicMs()));
  }

  /** Does this replica, or a peer that answers, have all of these? */
  isHadBySomeone(target: readonly VectorEntry[]): boolean {
    const { store, membership } = this.#parts;
    return target.every((entry) => store.vector.seq(entry.origin) >= entry.seq || [...membership.peers()].some((peer) => peer.answers && peer.covers(entry)));
  }

  /** Does a member answer? */
  isAnswered(): boolean {
    return [...this.#parts.membership.members()].some((member) => member.answers);
  }

  /** All that members that answer have shown to have beyond this replica. */
  shown(): VersionVector {
    const shown = new VersionVector();
    for (const peer of this.#parts.membership.members()) if (peer.answers) shown.raise(peer.ahead.values());
    return shown;
  }

  /** Does nobody have this any more? Every member has answered a call made since `sinceMs` (monotonic), and neither one of them has it, nor another that answers, nor this replica. */
  isLost(entry: VectorEntry, sinceMs: number): boolean {
    return !this.isHadBySomeone([entry]) && [...this.#parts.membership.members()].every((member) => member.hasToldAllOf(sinceMs));
  }

  /** Asks all members, and waits for the word of those that answer: for none where nobody does. */
  #askAll(withinMs: number): Promise<void> {
    const { time, membership } = this.#parts;
    const started = time.monotonicMs();
    const hasSpoken = (peer: Peer) => Math.max(peer.lastReportAt ?? -1, peer.lastFailureAt ?? -1) >= started;
    membership.reportNow();
    return this.#heardUntil((peer) => !peer.answers || hasSpoken(peer), Math.min(withinMs, ASK_ROUND_MS));
  }

  /** Resolves when `isDone` holds of every member, which is looked at after each report and each failure, or after `timeoutMs`. */
  #heardUntil(isDone: (member: Peer) => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#watchers.delete(look);
        resolve();
      };
      const look = () => {
        if (this.#isClosed || [...this.#parts.membership.members()].every(isDone)) end();
      };
      const cancel = this.#parts.time.after(timeoutMs, end);
      this.#watchers.add(look);
      look();
    });
  }

  /** Reaches all that members that answer have shown. */
  async #reachShown(withinMs: number): Promise<void> {
    await this.reach([...this.shown()], Math.max(0, withinMs));
  }
}
