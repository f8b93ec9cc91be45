import type { Time } from '../stamp/clock.ts';
import type { Rewritten } from '../store/store.ts';
import { type Copies, countCopies } from './copies.ts';
import type { Peer } from './peer.ts';

interface Write {
  readonly origin: number;
  readonly seq: number;
}

interface Waiter {
  /** Another one after the change was cut and written again. */
  write: Write;
  readonly since: number;
  /** Wait also for members that are down: they are asked, and given up when their call fails or times out. */
  readonly everyone: boolean;
  /** Resolves the wait to the copies by now. */
  readonly answer: () => void;
  isAnswered: boolean;
}

export interface AcknowledgementsOptions {
  readonly time: Time;
  /** The id of this replica. */
  readonly ownId: string;
  /** The others that are counted. */
  readonly members: () => Iterable<Peer>;
  /** Was the write made by this process? Only those are pushed, so only those tell that a peer is down. */
  readonly isOwn: (write: Write) => boolean;
  readonly onDown: (peer: Peer) => void;
  /** So many copies are enough for an answer; undefined: those of all replicas that are up. */
  readonly waitFor?: number | undefined;
}

/**
 * When is a write acknowledged? When each peer that is up has reported a vector that covers it [A1], or so many
 * replicas have it as were asked for [A8]. A peer that does not cover it within its ack timeout, answered or not, is
 * down and no longer waited for, so an outage costs one timeout, not one for each write [A2].
 */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  /** Writes that a peer may still owe: they stay after their answer, for that is what tells that a peer is down. */
  readonly #waiters = new Set<Waiter>();
  #cancelTimer: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /**
   * Resolves to the copies of a write: as soon as they are enough, or nobody is left to wait for, at the latest after
   * `withinMs`, so that the answer goes out before the caller's deadline. `everyone`: however many copies are enough otherwise,
   * each member is waited for, also one that is down.
   */
  wait(write: Write, withinMs: number, everyone = false): Promise<Copies> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        write,
        since: this.#options.time.monotonicMs(),
        everyone,
        isAnswered: false,
        answer: () => {
          waiter.isAnswered = true;
          cancelDeadline();
          resolve(this.count(waiter.write));
        },
      };
      const cancelDeadline = Number.isFinite(withinMs) ? this.#options.time.after(Math.max(0, withinMs), waiter.answer) : () => {};
      this.#waiters.add(waiter);
      // Of the others nothing has changed.
      this.#arm(this.#look(waiter, waiter.since), waiter.since);
    });
  }

  /** Looks again: after a report, a failed call, or a change of members. */
  settle(): void {
    const now = this.#options.time.monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiters) next = Math.min(next, this.#look(waiter, now));
    this.#cancelTimer?.();
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#arm(next, now);
  }

  /** Changes were cut and written again: who waits for one of them waits for the new one. */
  rewritten(all: readonly Rewritten[]): void {
    const moved = new Map(all.map(({ from, to }) => [`${from.origin}/${from.seq}`, to]));
    for (const waiter of this.#waiters) {
      waiter.write = moved.get(`${waiter.write.origin}/${waiter.write.seq}`) ?? waiter.write;
    }
    this.settle();
  }

  /** The copies that a write has by now. */
  count(write: Write): Copies {
    return countCopies(write, this.#options.ownId, this.#options.members());
  }

  /** Lets all waiting go with the copies by now. */
  close(): void {
    this.#cancelTimer?.();
    for (const waiter of this.#waiters) if (!waiter.isAnswered) waiter.answer();
    this.#waiters.clear();
  }

  /** Answers, or forgets, a write where it is time; tells when to look again. */
  #look(waiter: Waiter, now: number): number {
    const due = this.#dueAt(waiter, now);
    if (due === undefined) this.#waiters.delete(waiter);
    if (!waiter.isAnswered && (due === undefined || this.#isEnough(waiter))) waiter.answer();
    return due ?? Number.POSITIVE_INFINITY;
  }

  #arm(due: number, now: number): void {
    if (due >= this.#armedFor) return;
    this.#cancelTimer?.();
    this.#armedFor = due;
    this.#cancelTimer = this.#options.time.after(Math.max(1, due - now), () => this.settle());
  }

  #isEnough(waiter: Waiter): boolean {
    const { waitFor } = this.#options;
    return !waiter.everyone && waitFor !== undefined && this.count(waiter.write).stored >= waitFor;
  }

  /** When the next peer that owes the write runs out of time; undefined when none does. */
  #dueAt(waiter: Waiter, now: number): number | undefined {
    let due: number | undefined;
    for (const peer of this.#options.members()) {
      if (peer.holds(waiter.write)) continue;
      const isAwaited = peer.up || (waiter.everyone && !((peer.lastFailureAt ?? -1) >= waiter.since));
      if (!isAwaited) continue;
      const end = waiter.since + peer.ackTimeoutMs;
      if (now < end) {
        due = Math.min(due ?? end, end);
      } else if (peer.up && this.#options.isOwn(waiter.write)) {
        peer.markDown(waiter.write);
        this.#options.onDown(peer);
      }
    }
    return due;
  }
}
