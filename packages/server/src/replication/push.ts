import type { ReplicateResponse } from '@parley/proto/replication';
import type { Time } from '../stamp/clock.ts';
import type { LoggedChange, PageLimit } from '../store/log.ts';
import type { Store } from '../store/store.ts';
import { HEARTBEAT_MS, type Peer } from './peer.ts';

/** One call brings at most this much: a batch large enough to fill a link, small enough to be read, encoded and decoded in milliseconds. */
export const PAGE: PageLimit = { changes: 500, bytes: 1024 * 1024 };
/** A call that failed at once is not repeated at once; to a peer that is down, not before the next heartbeat. */
const RETRY_MS = 50;

export interface PushHooks {
  /** Makes the call. */
  call(changes: readonly LoggedChange[]): Promise<ReplicateResponse>;
  /** The answer, and how long it took. */
  answered(response: ReplicateResponse, roundTripMs: number): void;
  failed(error: unknown): void;
}

/**
 * Brings one peer this process's own changes, with one call in flight; what accumulates meanwhile is the next batch.
 * Pushing and resending are one loop: what lies beyond the vector that this peer last reported, of my origin.
 */
export class Pusher {
  readonly peer: Peer;
  readonly #store: Store;
  readonly #time: Time;
  readonly #hooks: PushHooks;
  #closed = false;
  #wakeUp: (() => void) | undefined;
  #isReportDue = false;
  #lastCallAt = Number.NEGATIVE_INFINITY;
  /** Up to where this origin's changes were sent though not reported yet: sent again only when that has not moved for a heartbeat. */
  #sent = { origin: 0, seq: 0 };
  #reported = { seq: 0, at: 0 };

  constructor(peer: Peer, store: Store, time: Time, hooks: PushHooks) {
    this.peer = peer;
    this.#store = store;
    this.#time = time;
    this.#hooks = hooks;
    void this.#loop();
  }

  /** There may be something to send. */
  wake(): void {
    this.#wakeUp?.();
  }

  /** Tell the peer our vector now, not with the next heartbeat. */
  reportNow(): void {
    this.#isReportDue = true;
    this.wake();
  }

  close(): void {
    this.#closed = true;
    this.wake();
  }

  async #loop(): Promise<void> {
    while (!this.#closed) {
      const wait = this.#lastCallAt + HEARTBEAT_MS - this.#time.monotonicMs();
      const run = this.#read();
      if (run?.length === 0 && !this.#isReportDue && wait > 0) await this.#sleep(wait);
      else if (!run || !(await this.#call(run))) await this.#rest();
    }
  }

  /** What is to be sent next; undefined where the disk does not give it. */
  #read(): LoggedChange[] | undefined {
    try {
      return this.#next();
    } catch (error) {
      this.#isReportDue = false;
      this.#hooks.failed(error);
      return undefined;
    }
  }

  /** After a failure: changes that are committed meanwhile do not cut it short, but a wish to be told does. */
  async #rest(): Promise<void> {
    const end = this.#time.monotonicMs() + (this.peer.up ? RETRY_MS : HEARTBEAT_MS);
    while (!this.#closed && !this.#isReportDue && this.#time.monotonicMs() < end) await this.#sleep(end - this.#time.monotonicMs());
  }

  #next(): LoggedChange[] {
    const { origin } = this.#store;
    if (origin === undefined) return [];
    if (this.#sent.origin !== origin) this.#sent = { origin, seq: 0 };
    const reported = this.peer.reported.seq(origin);
    const now = this.#time.monotonicMs();
    if (reported !== this.#reported.seq || reported >= this.#sent.seq) this.#reported = { seq: reported, at: now };
    if (now - this.#reported.at >= HEARTBEAT_MS) {
      this.#sent.seq = 0;
      this.#reported.at = now;
    }
    const from = Math.max(reported, this.#sent.seq);
    return from < this.#store.vector.seq(origin) ? this.#store.log.run(origin, from, PAGE) : [];
  }

  /** False when the peer did not answer. */
  async #call(run: readonly LoggedChange[]): Promise<boolean> {
    this.#isReportDue = false;
    this.#lastCallAt = this.#time.monotonicMs();
    try {
      const response = await this.#hooks.call(run);
      const roundTripMs = this.#time.monotonicMs() - this.#lastCallAt;
      if (run.length === 0) this.peer.measured(roundTripMs);
      const last = run.at(-1);
      if (last) this.#sent = { origin: last.header.origin, seq: last.header.seq };
      if (!this.#closed) this.#hooks.answered(response, roundTripMs);
      return true;
    } catch (error) {
      this.#sent.seq = 0;
      if (!this.#closed) this.#hooks.failed(error);
      return false;
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#time.after(ms, () => this.#wakeUp?.());
      this.#wakeUp = () => {
        this.#wakeUp = undefined;
        cancel();
        resolve();
      };
    });
  }
}
