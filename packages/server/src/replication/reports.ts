import type { Report } from '@parley/proto/replication';
import type { Logger } from 'pino';
import { Refusal } from '../errors.ts';
import { JumpDetector, type Time } from '../stamp/clock.ts';
import type { VectorEntry } from '../stamp/version-vector.ts';
import type { Store } from '../store/store.ts';
import type { Peer } from './peer.ts';

/**
 * A process that peers take for one that has ended starts anew after so long at the soonest, and each time after twice as long: where another
 * process runs under the same replica id, on a copy of the file, the two would drive each other to a new origin with every call.
 */
const ANEW_AGAIN_MS = 1000;

/** Above every version of a process: of one that was put back to before its present number whatever is known is later. */
const LATER_THAN_ANY = Number.MAX_SAFE_INTEGER;

/** Who this process is among the replicas. */
export interface Identity {
  readonly replicaId: string;
  /** A random number of this process; another one after `renew`. */
  readonly process: number;
  /** host:port at which peers reach it. */
  readonly address: string;
  readonly clusterId: string;
}

export interface ReportOptions {
  readonly store: Store;
  readonly time: Time;
  readonly log: Logger;
  readonly identity: Identity;
  /** This process was put back to an earlier state: draws a new process number, for peers know more of the present one than it does. */
  readonly renew: () => void;
  /** Another process, at that address, has this replica's id. */
  readonly onNamesake: (address: string) => void;
}

/**
 * What this replica tells its peers of itself, and what it learns from theirs: of the peer, and of itself, for a process
 * that was put back to an earlier state hears of it here (docs/decisions/0010).
 */
export class Reports {
  readonly #options: ReportOptions;
  readonly #startedAnew: () => void;
  readonly #jumps: JumpDetector;
  #isDraining = false;
  #mayEndAgainAt = Number.NEGATIVE_INFINITY;
  #endAgainMs = ANEW_AGAIN_MS;

  /** `startedAnew`: this process has another number now, and what peers know of the old one counts no more. */
  constructor(options: ReportOptions, startedAnew: () => void) {
    this.#options = options;
    this.#startedAnew = startedAnew;
    this.#jumps = new JumpDetector(options.time);
  }

  /** From now on reports say that this replica is going. */
  drain(): void {
    this.#isDraining = true;
  }

  /** What to tell a peer: what moved since the version that it has completely. */
  for(peer: Peer): Report {
    const { store, time, identity } = this.#options;
    return {
      replicaId: identity.replicaId,
      process: identity.process,
      origin: store.origin ?? 0,
      version: store.version,
      since: peer.versionTheyKnow,
      entries: store.movedAfter(peer.versionTheyKnow),
      hlc: store.hlc,
      knownProcess: peer.putBackTo ?? peer.process,
      knownVersion: peer.putBackTo === undefined ? peer.version : LATER_THAN_ANY,
      draining: this.#isDraining,
      address: identity.address,
      clusterId: identity.clusterId,
      wallMs: time.wallMs(),
    };
  }

  /** The id of who reports. Throws a Refusal where that is no other replica. */
  callerOf(report: Report | undefined): string {
    const replicaId = report?.replicaId ?? '';
    const { identity, onNamesake } = this.#options;
    if (report && replicaId === identity.replicaId && report.address !== identity.address) onNamesake(report.address);
    if (replicaId === '' || replicaId === identity.replicaId) throw new Refusal('INVALID_FIELD', 'the report names no other replica', [{ field: 'report.replica_id', description: 'has to name another replica' }]);
    return replicaId;
  }

  /** Takes a peer's report. Returns entries that contradict this replica's history. Throws a Refusal for one of another cluster. */
  take(peer: Peer, report: Report | undefined): VectorEntry[] {
    if (!report) throw new Refusal('INVALID_FIELD', 'the report is missing', [{ field: 'report', description: 'is required' }]);
    const { store, identity, log } = this.#options;
    if (report.clusterId !== identity.clusterId) throw new Refusal('OTHER_CLUSTER', `this replica belongs to cluster ${identity.clusterId}, the caller to ${report.clusterId || 'none'}`);
    // An address may be another name of a machine that has registered anew: one disk must not count as two copies.
    if (report.replicaId !== peer.replicaId) {
      peer.isReplaced = true;
      throw new Error(`another replica answers at ${peer.address}`);
    }
    store.observe(report.hlc);
    if (report.knownProcess === identity.process && report.knownVersion > store.version) this.#startAnew('a peer knows a later state of this process');
    if (store.heedOwnOrigin(report.entries)) log.warn({ peer: peer.name }, 'a peer knows more of this origin than this process: it draws a new one');
    return peer.take(report, identity.process, (entry) => store.covers(entry));
  }

  /**
   * An answer to a call names the process that called. One that names another takes the caller for a process that has
   * ended: it was put back to before it took its present number.
   */
  checkAnswer(calledAs: number, answer: Report | undefined): void {
    const known = answer?.knownProcess ?? 0;
    if (calledAs !== this.#options.identity.process || known === 0 || known === calledAs) return;
    const now = this.#options.time.monotonicMs();
    if (now < this.#mayEndAgainAt) return;
    this.#mayEndAgainAt = now + this.#endAgainMs;
    this.#endAgainMs *= 2;
    this.#startAnew('a peer takes this process for one that has ended; where this comes again, another process runs on a copy of this database: one of the two takes an id of its own once they reach each other; end one where they cannot');
  }

  /** Looks at the machine's clock; to be called once a heartbeat. */
  look(): void {
    if (this.#jumps.jumped()) this.#startAnew("the machine's clock jumped");
  }

  #startAnew(why: string): void {
    const { store, log, renew } = this.#options;
    log.warn({ alarm: 'put-back', why }, 'this process may have been put back to an earlier state: it goes on under a new name');
    renew();
    store.drawNewOrigin();
    this.#startedAnew();
  }
}
