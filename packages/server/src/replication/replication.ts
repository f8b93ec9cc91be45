import type { Change, JoinResponse, PullRequest, PullResponse, ReadHashesRequest, ReadHashesResponse, RelayRequest, ReplicateRequest, ReplicateResponse, Report } from '@parley/proto/replication';
import { status } from '@grpc/grpc-js';
import { Refusal } from '../errors.ts';
import { wallMsOf } from '../stamp/clock.ts';
import { type VectorEntry, VersionVector } from '../stamp/version-vector.ts';
import { MalformedChange } from '../store/change.ts';
import type { LoggedChange } from '../store/log.ts';
import type { Rewritten, Store } from '../store/store.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { CatchUp } from './catch-up.ts';
import type { Copies } from './copies.ts';
import { Coverage } from './coverage.ts';
import { Forks } from './forks.ts';
import type { Connect } from './link.ts';
import { Membership } from './membership.ts';
import { HEARTBEAT_MS, type Peer } from './peer.ts';
import { Puller } from './pull.ts';
import { PAGE, Pusher } from './push.ts';
import { Receiver, type Waiting } from './receive.ts';
import { type ReportOptions, Reports } from './reports.ts';
import { writeMissingTombstones } from './tombstones.ts';
import { Waivers } from './waivers.ts';

/** An answer to Replicate is held this long for its changes to become applicable. */
const HOLD_ANSWER_MS = 50;
/** Coverage that comes later than the answer is reported when it comes, if it comes within this. */
const LATE_COVERAGE_MS = 30_000;

/** The peer has another history of our origin. */
const REFUSED_AS_FORK = status.DATA_LOSS;
/** Hashes that a peer may ask for at once. */
const MAX_HASHES = 1000;

export interface ReplicationOptions extends ReportOptions {
  readonly connect: Connect;
  /** Fixes the ack timeout of all peers, which is otherwise four round trips as measured. */
  readonly ackTimeoutMs: number | undefined;
  /** A write is answered at so many copies; undefined: when all replicas that are up have it. */
  readonly waitFor: number | undefined;
}

/** A member as this replica sees it. */
export interface MemberStatus {
  readonly peer: Peer;
  readonly lagChanges: number;
  /** Age of the oldest change that it lacks: milliseconds; 0 where it lacks none. */
  readonly lagMs: number;
  readonly level: boolean;
}

/** The parts of replication tied together: peers, pushing, pulling, receiving, and waiting for copies. */
export class Replication {
  /** Waits until this replica has what peers have. */
  readonly catchUp: CatchUp;
  readonly #options: ReplicationOptions;
  readonly #store: Store;
  readonly #reports: Reports;
  readonly #membership: Membership;
  readonly #acks: Acknowledgements;
  readonly #coverage: Coverage;
  readonly #receiver: Receiver;
  readonly #puller: Puller;
  readonly #forks: Forks;
  readonly #waivers: Waivers;
  #cancelTick: (() => void) | undefined;
  /** Own changes committed by the last heartbeat, and by the one before. */
  #committed: { now: VectorEntry | undefined; before: VectorEntry | undefined } = { now: undefined, before: undefined };
  #isClosed = false;
  #onReport: () => void = () => {};

  constructor(options: ReplicationOptions) {
    this.#options = options;
    this.#store = options.store;
    const { store, time, log } = options;
    this.#acks = new Acknowledgements({
      time,
      ownId: options.identity.replicaId,
      members: () => this.#membership.members(),
      isOwn: ({ origin }) => origin === store.origin,
      onDown: (peer) => {
        log.warn({ peer: peer.name }, 'peer is down: it did not store a write in time');
        // What it lacks may be held by all that are left.
        this.#onReport();
      },
      waitFor: options.waitFor,
    });
    this.#coverage = new Coverage(store, time);
    this.#receiver = new Receiver(store, ({ origin }) => this.#onRefused(origin));
    this.#forks = new Forks(store, log, {
      peers: () => this.#membership.peers(),
      mended: (origin, rewritten) => this.#mended(origin, rewritten),
      agreed: (peer) => this.#askAnew(peer),
    });
    this.#waivers = new Waivers(store, this.#receiver, time, log, () => this.#membership.members());
    this.#reports = new Reports(options, () => this.#startedAnew());
    this.#puller = new Puller(store, this.#receiver, time, {
      peers: () => this.#membership.peers(),
      call: (peer) => this.#call(peer, (report) => peer.link.pull({ report, have: { entries: [...store.vector] } })),
      answered: (peer, response) => {
        this.#take(peer, response.report);
        // Whoever wrote what was pulled waits to hear that it is here.
        if (response.changes.length > 0) this.#membership.reportNow();
      },
      failed: (peer, error) => this.#failed(peer, error),
      level: () => void writeMissingTombstones(store).catch((error: unknown) => log.warn({ err: error }, 'a missing tombstone could not be written; it is tried again')),
    });
    this.#membership = new Membership({
      store,
      time,
      log,
      connect: options.connect,
      ownId: options.identity.replicaId,
      ackTimeoutMs: options.ackTimeoutMs,
      push: (peer) => this.#push(peer),
      changed: () => {
        this.#acks.settle();
        this.#onReport();
      },
    });
    this.catchUp = new CatchUp({ store, time, membership: this.#membership, acks: this.#acks, coverage: this.#coverage, puller: this.#puller });
    store.onCommit((changes) => {
      this.#checkReached(changes);
      if (changes.some(({ header }) => header.origin === store.origin)) this.#membership.wake();
    });
  }

  /** Begins to talk to the members. */
  start(): void {
    this.#membership.open();
    this.#tick();
  }

  /** The copies of a write once it has enough of them, or nobody is left to wait for, at the latest after `withinMs`. */
  waitForCopies(write: { origin: number; seq: number }, withinMs: number): Promise<Copies> {
    // Peers tell this one by themselves only what became of its own changes; of another's they are asked.
    if (write.origin !== this.#store.origin) this.#membership.reportNow();
    return this.#acks.wait(write, withinMs);
  }

  /** The copies that a write has by now. */
  copiesOf(write: { origin: number; seq: number }): Copies {
    return this.#acks.count(write);
  }

  /** Calls `listener` when writes may have more copies than before, or those that they have may be all that there can be now. */
  onReport(listener: () => void): void {
    this.#onReport = listener;
  }

  members(): MemberStatus[] {
    return [...this.#membership.members()].map((peer) => {
      let lagChanges = 0;
      let oldestHlc = Number.POSITIVE_INFINITY;
      for (const { origin, seq } of this.#store.vector) {
        const reported = peer.reported.seq(origin);
        if (reported >= seq) continue;
        lagChanges += seq - reported;
        oldestHlc = Math.min(oldestHlc, this.#store.log.clockOf(origin, reported + 1) ?? Number.POSITIVE_INFINITY);
      }
      // A change of a clock that is ahead of this one's seems to come from the future.
      const lagMs = oldestHlc === Number.POSITIVE_INFINITY ? 0 : Math.max(0, this.#options.time.wallMs() - wallMsOf(oldestHlc));
      return { peer, lagChanges, lagMs, level: peer.reported.equals(this.#store.vector) };
    });
  }

  /** Changes that came, and wait for what they follow or depend on. */
  waiting(): Waiting[] {
    return this.#receiver.waiting();
  }

  /** Takes a seed's answer: a replica that is not a member yet, but may have what makes it one. */
  greet(answer: JoinResponse, address: string): void {
    const known = this.#membership.get(answer.replicaId);
    if (answer.replicaId === this.#options.identity.replicaId || known?.member || this.#isClosed) return;
    const peer = known ?? this.#membership.add(answer.replicaId, address);
    peer.link
      .pull({ report: this.#reports.for(peer), have: { entries: [...this.#store.vector] } })
      .then((response) => this.#take(peer, response.report))
      .catch((error: unknown) => this.#failed(peer, error));
  }

  /** Handles Replicate. */
  async replicate(request: ReplicateRequest): Promise<ReplicateResponse> {
    const peer = this.#callerOf(request.report);
    this.#take(peer, request.report);
    const last = await this.#receive(request.changes);
    if (last && peer.forked.has(last.origin)) throw new Refusal('FORKED', `origin ${last.origin} has another history here`);
    if (last && !(await this.#coverage.reach([last], HOLD_ANSWER_MS))) {
      void this.#coverage.reach([last], LATE_COVERAGE_MS).then((reached) => reached && this.#membership.reportNow(peer));
    }
    return { report: this.#reports.for(peer) };
  }

  /** Handles Pull. */
  pull(request: PullRequest): PullResponse {
    const peer = this.#callerOf(request.report);
    this.#take(peer, request.report);
    const { changes, more } = this.#store.log.lacking(this.#store.vector, new VersionVector(request.have?.entries), PAGE);
    return { report: this.#reports.for(peer), changes: changes.map(({ change }) => change), more };
  }

  /** Handles ReadHashes. */
  readHashes({ origin, seqs }: ReadHashesRequest): ReadHashesResponse {
    if (seqs.length > MAX_HASHES) throw new Refusal('INVALID_FIELD', 'too many hashes were asked for', [{ field: 'seqs', description: `has to hold at most ${MAX_HASHES}` }]);
    return { hashes: seqs.map((seq) => this.#store.log.hashAt(origin, seq) ?? new Uint8Array()) };
  }

  /** Tells all members' clients what is never stored; nobody waits for it, and what is lost is lost. */
  relay(request: RelayRequest): void {
    for (const peer of this.#membership.members()) if (peer.answers) peer.link.relay(request).catch(() => {});
  }

  /** Tells the peers that this replica is going. */
  drain(): void {
    this.#reports.drain();
    this.#membership.reportNow();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTick?.();
    this.#acks.close();
    this.catchUp.close();
    this.#coverage.close();
    this.#puller.close();
    this.#membership.close();
  }

  #heard(): void {
    this.#acks.settle();
    this.catchUp.heard();
    this.#onReport();
  }

  async #receive(changes: readonly Change[]): Promise<VectorEntry | undefined> {
    if (changes.length === 0) return undefined;
    try {
      return await this.#receiver.receive(changes);
    } catch (error) {
      if (error instanceof MalformedChange) throw new Refusal('INVALID_FIELD', `a change was refused: ${error.message}`, [{ field: 'changes', description: error.message }]);
      throw error;
    }
  }

  #take(peer: Peer, report: Report | undefined): void {
    for (const { origin } of this.#reports.take(peer, report)) this.#forks.found(peer, origin);
    const { before } = this.#committed;
    if (peer.draining) peer.leave();
    else if (peer.member && !peer.up && (!before || peer.covers(before)) && peer.markUp()) this.#options.log.info({ peer: peer.name, roundTripMs: Math.round(peer.roundTripMs) }, 'peer is up');
    this.#heard();
    this.#puller.consider();
  }

  /** Makes a call that brings this replica's report. */
  async #call<R extends { readonly report?: Report | undefined }>(peer: Peer, make: (report: Report) => Promise<R>): Promise<R> {
    const report = this.#reports.for(peer);
    const calledAt = this.#options.time.monotonicMs();
    const response = await make(report);
    peer.answeredCall(calledAt, response.report?.process ?? 0);
    this.#reports.checkAnswer(report.process, response.report);
    return response;
  }

  /** Any caller with the secret is a peer, known or not. */
  #callerOf(report: Report | undefined): Peer {
    const replicaId = this.#reports.callerOf(report);
    const address = report?.address ?? '';
    const peer = this.#membership.get(replicaId) ?? this.#membership.add(replicaId, address);
    if (address !== '' && address !== peer.address && peer.isUnreached) this.#membership.follow(peer, address);
    return peer;
  }

  #push(peer: Peer): Pusher {
    return new Pusher(peer, this.#store, this.#options.time, {
      call: (changes) => this.#call(peer, (report) => peer.link.replicate({ report, changes: changes.map(({ change }) => change) })),
      answered: (response, roundTripMs) => {
        this.#take(peer, response.report);
        this.#compareClocks(peer, response.report?.wallMs ?? 0, roundTripMs);
      },
      failed: (error) => {
        const { origin } = this.#store;
        if (origin !== undefined && error instanceof Error && 'code' in error && error.code === REFUSED_AS_FORK) this.#forks.found(peer, origin);
        this.#failed(peer, error);
      },
    });
  }

  /** [K3] */
  #compareClocks(peer: Peer, theirWallMs: number, roundTripMs: number): void {
    const { time, log } = this.#options;
    const news = peer.clock.take(theirWallMs, time.wallMs(), roundTripMs);
    const told = { peer: peer.name, offsetMs: Math.round(peer.clock.offsetMs ?? 0) };
    if (news === 'begins') log.error({ alarm: 'clock', ...told }, "the peer's clock and this machine's are more than 5 s apart: set the one that is wrong, best by NTP");
    if (news === 'ends') log.info(told, "the peer's clock and this machine's agree again");
  }

  #failed(peer: Peer, error: unknown): void {
    const isFirst = peer.lastFailureAt === undefined || peer.lastFailureAt < (peer.lastReportAt ?? -1);
    peer.failed();
    if (isFirst) this.#options.log.warn({ peer: peer.name, address: peer.address, reason: error instanceof Error ? error.message : String(error) }, 'call to peer failed');
    this.#heard();
  }

  /** A change was refused because it does not follow by hash: whoever reported to have more of that origin has another history of it. */
  #onRefused(origin: number): void {
    for (const peer of this.#membership.peers()) if (peer.ahead.has(origin) || peer.origin === origin) this.#forks.found(peer, origin);
  }

  /** What peers had reported beyond what was here can be compared now. */
  #checkReached(changes: readonly LoggedChange[]): void {
    const origins = new Set(changes.map(({ header }) => header.origin));
    let isCompared = false;
    for (const peer of this.#membership.peers()) {
      const { size } = peer.ahead;
      for (const origin of origins) if (peer.reached(origin, (entry) => this.#store.covers(entry))) this.#forks.found(peer, origin);
      isCompared ||= peer.ahead.size < size;
    }
    // A change of another's may be known to have its copies now.
    if (isCompared) this.#acks.settle();
  }

  #mended(origin: number, rewritten: readonly Rewritten[]): void {
    this.#receiver.drop(origin);
    for (const peer of this.#membership.peers()) {
      peer.forget();
      peer.forgive(origin);
    }
    this.#acks.rewritten(rewritten);
    this.#membership.reportNow();
  }

  #askAnew(peer: Peer): void {
    peer.forget();
    this.#membership.reportNow(peer);
  }

  #startedAnew(): void {
    for (const peer of this.#membership.peers()) peer.versionTheyKnow = 0;
    this.#membership.reportNow();
  }

  #tick(): void {
    const { log, time } = this.#options;
    this.#reports.look();
    this.#forks.look();
    this.#waivers.look();
    const { origin } = this.#store;
    this.#committed = { before: this.#committed.now, now: origin === undefined ? undefined : this.#store.vector.get(origin) };
    for (const peer of this.#membership.members()) {
      if (!peer.up || peer.answers) continue;
      peer.markDown(this.#committed.now);
      this.#onReport();
      log.warn({ peer: peer.name }, 'peer is down: it does not answer');
    }
    this.#acks.settle();
    this.#puller.tick();
    this.#cancelTick = time.after(HEARTBEAT_MS, () => this.#tick());
  }
}
