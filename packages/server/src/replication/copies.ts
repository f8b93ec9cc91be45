import type { Time } from '../stamp/clock.ts';
import type { Rewritten } from '../store/store.ts';
import type { Peer } from './peer.ts';

/** How many replicas hold a write, fsynced, of how many in the cluster. */
export interface Copies {
  readonly stored: number;
  readonly replicas: number;
}

interface Write {
  readonly origin: number;
  readonly seq: number;
}

/** A write that no peer will ever report. */
const NOWHERE: Write = { origin: 0, seq: Number.MAX_SAFE_INTEGER };

interface Waiter {
  /** Another one after the change was cut and written again. */
  write: Write;
  readonly since: number;
  /** Wait also for members that are down: they are asked, and given up when their call fails or times out. */
  readonly everyone: boolean;
  readonly done: (copies: Copies) => void;
  readonly cancelDeadline: () => void;
}

/**
 * When is a write acknowledged? When each peer that is up has reported a vector that covers it [A1]. A peer that does
 * not within its ack timeout is down and no longer waited for, so an outage costs one timeout, not one for each write [A2].
 */
export class Acknowledgements {
  readonly #time: Time;
  readonly #members: () => Iterable<Peer>;
  readonly #isOwn: (write: Write) => boolean;
  readonly #onDown: (peer: Peer) => void;
  readonly #waiters = new Set<Waiter>();
  #cancelTimer: (() => void) | undefined;

  /** `isOwn`: was the write made by this process? Only those are pushed, so only those tell that a peer is down. */
  constructor(time: Time, members: () => Iterable<Peer>, isOwn: (write: Write) => boolean, onDown: (peer: Peer) => void) {
    this.#time = time;
    this.#members = members;
    this.#isOwn = isOwn;
    this.#onDown = onDown;
  }

  /**
   * Resolves to the copies of a write: as soon as nobody is left to wait for, at the latest after `withinMs`, so that
   * the answer goes out before the caller's deadline.
   */
  wait(write: Write, withinMs: number, everyone = false): Promise<Copies> {
    return new Promise((done) => {
      const waiter: Waiter = {
        write,
        since: this.#time.monotonicMs(),
        everyone,
        done,
        cancelDeadline: Number.isFinite(withinMs) ? this.#time.after(Math.max(0, withinMs), () => this.#release(waiter)) : () => {},
      };
      this.#waiters.add(waiter);
      this.settle();
    });
  }

  /** Looks again: after a report, a failed call, or a change of members. */
  settle(): void {
    const now = this.#time.monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiters) {
      const due = this.#dueAt(waiter, now);
      if (due === undefined) this.#release(waiter);
      else next = Math.min(next, due);
    }
    this.#cancelTimer?.();
    this.#cancelTimer = Number.isFinite(next) ? this.#time.after(Math.max(1, next - now), () => this.settle()) : undefined;
  }

  /** Changes were cut and written again: who waits for one of them waits for the new one. */
  rewritten(all: readonly Rewritten[]): void {
    const moved = new Map(all.map(({ from, to }) => [`${from.origin}/${from.seq}`, to]));
    for (const waiter of this.#waiters) {
      const key = `${waiter.write.origin}/${waiter.write.seq}`;
      // What was erased meanwhile was not written again: no copy of it is claimed.
      if (moved.has(key)) waiter.write = moved.get(key) ?? NOWHERE;
    }
    this.settle();
  }

  /** The copies that a write has by now. */
  count(write: Write): Copies {
    const members = [...this.#members()];
    return { stored: 1 + members.filter((peer) => peer.covers(write)).length, replicas: 1 + members.length };
  }

  /** Lets all waiting go with the copies by now. */
  close(): void {
    this.#cancelTimer?.();
    for (const waiter of this.#waiters) this.#release(waiter);
  }

  /** When the next peer that the waiter waits for runs out of time; undefined when it waits for none. */
  #dueAt(waiter: Waiter, now: number): number | undefined {
    let due: number | undefined;
    for (const peer of this.#members()) {
      if (peer.covers(waiter.write)) continue;
      const isAwaited = peer.up || (waiter.everyone && !((peer.lastFailureAt ?? -1) >= waiter.since));
      if (!isAwaited) continue;
      const end = waiter.since + peer.ackTimeoutMs;
      if (now < end) {
        due = Math.min(due ?? end, end);
      } else if (peer.up && this.#isOwn(waiter.write)) {
        peer.markDown(waiter.write);
        this.#onDown(peer);
      }
    }
    return due;
  }

  #release(waiter: Waiter): void {
    waiter.cancelDeadline();
    this.#waiters.delete(waiter);
    waiter.done(this.count(waiter.write));
  }
}
