import type { Logger } from 'pino';
import type { Time } from '../stamp/clock.ts';
import type { VectorEntry } from '../stamp/version-vector.ts';
import type { Store } from '../store/store.ts';
import type { Peer } from './peer.ts';
import type { Receiver } from './receive.ts';

/** A dependency that nobody has is waited for so long: a replica that was restarting may bring it after all. */
const WAIVED_AFTER_MS = 30_000;

/** A change that waits for what all members lack, and since when: monotonic. */
interface Lacking {
  readonly origin: number;
  readonly seq: number;
  readonly began: number;
}

/**
 * Gives up dependencies that nobody has [C2]: a change that was written on a branch which was cut since depends on what is in no log
 * any more. When every member, but those that others have replaced, answers to lack it, for 30 s, it is waived, with an alarm; merging does not need the order.
 */
export class Waivers {
  readonly #store: Store;
  readonly #receiver: Receiver;
  readonly #time: Time;
  readonly #log: Logger;
  readonly #members: () => Iterable<Peer>;
  /** Since when all members lack what a blocked change needs; by the change's stamp. */
  #since = new Map<string, Lacking>();
  /** Origins of which something was waived: a branch of theirs is in no log, so what else depends on it is not waited for again. */
  readonly #givenUp = new Set<number>();

  constructor(store: Store, receiver: Receiver, time: Time, log: Logger, members: () => Iterable<Peer>) {
    this.#store = store;
    this.#receiver = receiver;
    this.#time = time;
    this.#log = log;
    this.#members = members;
  }

  /** Looks at what waits; to be called once a heartbeat. */
  look(): void {
    const now = this.#time.monotonicMs();
    const since = new Map<string, Lacking>();
    // What the receiver has dropped comes again, and has not waited in vain.
    for (const [key, one] of this.#since) if (this.#store.vector.seq(one.origin) < one.seq) since.set(key, one);
    for (const { origin, seq, lacking } of this.#receiver.blocked()) {
      const key = `${origin}/${seq}`;
      const { began } = this.#since.get(key) ?? { began: now };
      if (!lacking.every((entry) => this.#isNowhere(entry))) {
        since.delete(key);
        continue;
      }
      since.set(key, { origin, seq, began });
      if (now - began < WAIVED_AFTER_MS && !lacking.every((entry) => this.#givenUp.has(entry.origin))) continue;
      for (const entry of lacking) this.#givenUp.add(entry.origin);
      this.#log.error({ alarm: 'dependency', origin, seq, lacking: lacking.map((entry) => ({ origin: entry.origin, seq: entry.seq })) }, 'no member has what a change depends on: it is taken without that');
      this.#receiver.waive(lacking).then(
        () => this.look(),
        (error: unknown) => this.#log.warn({ err: error }, 'what was waived could not be written yet'),
      );
    }
    this.#since = since;
  }

  /** Does every member answer to lack that very change? */
  #isNowhere(entry: VectorEntry): boolean {
    // Where this replica has another change in its place, a peer without a fork has that one too.
    const isOther = this.#store.vector.seq(entry.origin) >= entry.seq;
    for (const peer of this.#members()) {
      // That another one is registered in its place may be among what waits.
      if (peer.isReplaced) continue;
      if (!peer.answers || peer.forked.has(entry.origin)) return false;
      if (!isOther && peer.reported.seq(entry.origin) >= entry.seq) return false;
    }
    return true;
  }
}
