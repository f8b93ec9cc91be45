import type { Report } from '@parley/proto/replication';
import type { Time } from '../stamp/clock.ts';
import { type VectorEntry, VersionVector } from '../stamp/version-vector.ts';
import type { ReplicationLink } from './link.ts';
import { PeerClock } from './peer-clock.ts';

/** Replicas tell each other that they live this often, and everything that waits for that goes by it. */
export const HEARTBEAT_MS = 1000;
/** A peer is given four measured round trips to make a write durable, but at least this: one slow fsync is no outage. */
const MIN_ACK_TIMEOUT_MS = 200;
/** ... and at most this, or people wait for a dead machine. */
const MAX_ACK_TIMEOUT_MS = 3000;
/** A peer that relapses waits longer each time to be waited for again, up to this. */
const MAX_RELAPSE_WAIT_MS = 30_000;
/** After this long without a relapse a peer's record is clean. */
const FORGIVEN_AFTER_MS = 60_000;
/** Weight of the newest round trip in the running mean. */
const ROUND_TRIP_WEIGHT = 0.2;

/** Earlier processes of a peer that are remembered: what one of them said may still be on its way when the next one speaks. */
const MAX_ENDED = 16;

/** How an entry that a peer reported compares with this replica. */
export type Judge = (entry: VectorEntry) => 'covered' | 'behind' | 'forked';

/**
 * Another replica, as seen from this one: what it reported, and whether writes wait for it (`up`). It starts down. What
 * peers report is kept in memory only.
 */
export class Peer {
  readonly replicaId: string;
  #address: string;
  #link: ReplicationLink;
  /** A registered member: waited for, counted, and given our changes. */
  member = false;
  name = '';
  publicUrl = '';

  /** What it has, as it said last. */
  reported = new VersionVector();
  /** Of what it reported, the entries beyond ours: what it could be asked for. */
  readonly ahead = new Map<number, VectorEntry>();
  /** Origins of which it has another history than this replica: until one of the two has mended that. */
  readonly forked = new Set<number>();
  process = 0;
  /** The version of its vector that `reported` is complete for. */
  version = 0;
  /** The origin that it writes under; 0 before its first write. */
  origin = 0;
  draining = false;
  /** The version of our vector that it has completely. */
  versionTheyKnow = 0;
  /** Monotonic times; undefined: never. */
  lastReportAt: number | undefined;
  lastFailureAt: number | undefined;
  /** When the latest of our calls that it has answered began: what it tells is no older than that. */
  answeredCallOf = Number.NEGATIVE_INFINITY;
  roundTripMs = 0;
  readonly clock = new PeerClock();
  /** It has answered, or failed to, since this process started. */
  asked = false;
  /** Another replica answered at its address, and it has not been heard since: its machine was rebuilt, or has the disk of another one. */
  isReplaced = false;

  readonly #time: Time;
  readonly #fixedAckTimeoutMs: number | undefined;
  /** Numbers of its earlier processes, the latest last. */
  #ended: number[] = [];
  /** When `process` was heard of first. */
  #processSince = Number.NEGATIVE_INFINITY;
  #putBackTo: number | undefined;
  #up = false;
  /** In a row, without a minute in between in which it was up. */
  #outages = 0;
  #upAt = 0;
  #upAgainAt = 0;
  #owes: { origin: number; seq: number } | undefined;

  constructor(replicaId: string, address: string, link: ReplicationLink, time: Time, fixedAckTimeoutMs: number | undefined) {
    this.replicaId = replicaId;
    this.#address = address;
    this.#link = link;
    this.#time = time;
    this.#fixedAckTimeoutMs = fixedAckTimeoutMs;
  }

  get address(): string {
    return this.#address;
  }

  get link(): ReplicationLink {
    return this.#link;
  }

  /** Has a call failed since the last one that it answered? */
  get isUnreached(): boolean {
    return this.lastFailureAt !== undefined && this.lastFailureAt > this.answeredCallOf;
  }

  /** It is called there from now on. */
  moveTo(address: string, link: ReplicationLink): void {
    this.#link.close();
    this.#address = address;
    this.#link = link;
  }

  /** Writes wait for this peer. */
  get up(): boolean {
    return this.#up;
  }

  get ackTimeoutMs(): number {
    return this.#fixedAckTimeoutMs ?? Math.min(MAX_ACK_TIMEOUT_MS, Math.max(MIN_ACK_TIMEOUT_MS, 4 * this.roundTripMs));
  }

  /** It answered within the last two heartbeats. */
  get answers(): boolean {
    return this.lastReportAt !== undefined && this.#time.monotonicMs() - this.lastReportAt < 2 * HEARTBEAT_MS + this.ackTimeoutMs;
  }

  /** An earlier process of it that answers although a later one was heard: it was put back, and does not know that yet. */
  get putBackTo(): number | undefined {
    return this.#putBackTo;
  }

  /** Has it told of all that it had at `sinceMs` (monotonic)? */
  hasToldAllOf(sinceMs: number): boolean {
    return this.answers && this.version > 0 && this.answeredCallOf >= sinceMs;
  }

  /** Has it reported to hold a change with that number? Of what lies beyond ours it is not known yet whether it is the same history. */
  covers(change: { origin: number; seq: number }): boolean {
    return this.reported.seq(change.origin) >= change.seq;
  }

  /** Has it reported to hold that very change, which this replica has? Entries that are forked are never kept, so of those that could be compared the number is enough. */
  holds(change: { origin: number; seq: number }): boolean {
    return this.covers(change) && !this.ahead.has(change.origin);
  }

  /**
   * Takes a report of this peer. Of one process the latest counts, not the highest, and an earlier process counts no
   * more: answers that were held may come late. Returns entries that contradict ours; they are not kept.
   */
  take(report: Report, ours: number, judge: Judge): VectorEntry[] {
    if (this.#ended.includes(report.process)) return [];
    this.asked = true;
    this.isReplaced = false;
    this.lastReportAt = this.#time.monotonicMs();
    if (report.process !== this.process) {
      this.#ended = [...this.#ended, this.process].slice(-MAX_ENDED);
      this.process = report.process;
      this.#processSince = this.lastReportAt;
      this.#putBackTo = undefined;
      this.forget();
    }
    this.versionTheyKnow = report.knownProcess === ours ? report.knownVersion : 0;
    if (report.version < this.version) return [];
    this.origin = report.origin;
    this.draining = report.draining;
    if (report.since === 0) this.forget();
    const forked: VectorEntry[] = [];
    for (const entry of report.entries) {
      const verdict = judge(entry);
      if (verdict === 'forked') {
        forked.push(entry);
        this.#contradicts(entry.origin);
        continue;
      }
      this.forked.delete(entry.origin);
      this.reported.set(entry);
      if (verdict === 'behind') this.ahead.set(entry.origin, entry);
      else this.ahead.delete(entry.origin);
    }
    // Entries are true each by itself; but only a report without a hole makes the vector complete up to its version.
    if (report.since <= this.version) this.version = report.version;
    return forked;
  }

  /** It has answered a call that was made at `calledAt` (monotonic). An answer is no older than its call: an earlier process that answers one made since a later one was heard runs again. */
  answeredCall(calledAt: number, process: number): void {
    this.answeredCallOf = Math.max(this.answeredCallOf, calledAt);
    if (calledAt > this.#processSince && this.#ended.includes(process)) this.#putBackTo = process;
  }

  /** This replica has moved on in that origin: is what the peer reported beyond it the same history? Returns the entry where it is not. */
  reached(origin: number, judge: Judge): VectorEntry | undefined {
    const entry = this.ahead.get(origin);
    const verdict = entry && judge(entry);
    if (!entry || verdict === 'behind') return undefined;
    this.ahead.delete(origin);
    if (verdict === 'covered') return undefined;
    this.#contradicts(origin);
    return entry;
  }

  /** What it reported counts no more: it has to tell all of it again. */
  forget(): void {
    this.version = 0;
    this.reported = new VersionVector();
    this.ahead.clear();
    this.forked.clear();
  }

  #contradicts(origin: number): void {
    this.forked.add(origin);
    this.reported.put(origin, undefined);
    this.ahead.delete(origin);
  }

  measured(roundTripMs: number): void {
    this.roundTripMs = this.roundTripMs === 0 ? roundTripMs : this.roundTripMs + ROUND_TRIP_WEIGHT * (roundTripMs - this.roundTripMs);
  }

  failed(): void {
    this.asked = true;
    this.lastFailureAt = this.#time.monotonicMs();
  }

  /** It did not cover a write in time: no longer waited for, until it does. Each relapse doubles its way back. */
  markDown(owed: { origin: number; seq: number } | undefined): void {
    if (!this.#up) return;
    this.#owes = owed;
    const now = this.#time.monotonicMs();
    this.#up = false;
    this.#outages = now - this.#upAt > FORGIVEN_AFTER_MS ? 1 : this.#outages + 1;
    this.#upAgainAt = now + Math.min(MAX_RELAPSE_WAIT_MS, HEARTBEAT_MS * 2 ** (this.#outages - 1));
  }

  /** That origin was cut and written again under another one: what was owed of it never comes. */
  forgive(origin: number): void {
    if (this.#owes?.origin === origin) this.#owes = undefined;
  }

  /** It is shutting down, as it said, or was removed: no longer waited for, and no relapse. */
  leave(): void {
    this.#up = false;
  }

  /** It covers all that we had committed one heartbeat ago: waited for again, unless it relapsed too lately. */
  markUp(): boolean {
    const now = this.#time.monotonicMs();
    if (this.#up || now < this.#upAgainAt || (this.#owes && !this.covers(this.#owes))) return false;
    this.#owes = undefined;
    this.#up = true;
    this.#upAt = now;
    return true;
  }
}
