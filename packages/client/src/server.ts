import { type Replica, Replica_Alarm, Replica_State } from '@parley/proto/chat';
import type { ServerAlarm, ServerHealth, ServerView } from './api.ts';
import type { Endpoint } from './endpoints.ts';

/** Where a server's address comes from. One that was only learnt from the cluster goes when the cluster no longer lists it. */
export type Source = 'given' | 'added' | 'learnt';

/** What the client knows of one server. */
export interface Server {
  endpoint: Endpoint;
  readonly source: Source;
  /** Whether it is one of this cluster: nothing secret goes to any other. */
  standing: 'unknown' | 'ours' | 'foreign';
  /** It lives but serves nobody now, as it said itself. */
  aside: Aside | undefined;
  replicaId: string | undefined;
  name: string | undefined;
  version: string | undefined;
  /** Wall time of its last answer to this client. */
  answeredAt: number | undefined;
  /** Wall time of its last failure. */
  failedAt: number | undefined;
  /** What the server in use says of it. */
  report: Report | undefined;
}

export type Aside = 'starting' | 'draining';

/** What the server in use says of a server. */
export interface Report {
  readonly health: ServerHealth;
  readonly lagChanges: number | undefined;
  readonly lagMs: number | undefined;
  readonly clockOffsetMs: number | undefined;
  readonly alarms: readonly ServerAlarm[];
  /** Wall time at which the server in use last heard of it; undefined: never. */
  readonly heardAt: number | undefined;
  /** Wall time of the report. */
  readonly at: number;
}

/** An own answer of this age still speaks against a report that the server is dead: two polls in turn, with some slack. */
const OWN_WORD_COUNTS_MS = 15_000;

const HEALTH: ReadonlyMap<number, ServerHealth> = new Map([
  [Replica_State.STATE_LIVE, 'live'],
  [Replica_State.STATE_SUSPECT, 'suspect'],
  [Replica_State.STATE_DRAINING, 'draining'],
  [Replica_State.STATE_DEAD, 'dead'],
]);

const ALARMS: ReadonlyMap<number, ServerAlarm> = new Map([
  [Replica_Alarm.ALARM_CLOCK, 'clock'],
  [Replica_Alarm.ALARM_FORK, 'fork'],
  [Replica_Alarm.ALARM_TABLES, 'tables'],
]);

export function reportOf(replica: Replica, at: number): Report {
  const heardAt = replica.self ? at : at - replica.lastReportMsAgo;
  const silent = !replica.self && replica.lastReportMsAgo === 0 && replica.state !== Replica_State.STATE_LIVE;
  return {
    health: HEALTH.get(replica.state) ?? 'unknown',
    lagChanges: replica.state === Replica_State.STATE_UNSPECIFIED ? undefined : replica.lagChanges,
    lagMs: lagMsOf(replica),
    clockOffsetMs: replica.self || silent ? undefined : replica.clockOffsetMs,
    // Those of a newer server are for its own log.
    alarms: replica.alarms.flatMap((alarm) => ALARMS.get(alarm) ?? []),
    heardAt: silent ? undefined : heardAt,
    at,
  };
}

/** A server of before this was told says 0 also where it lags. */
function lagMsOf({ lagChanges, lagMs, state }: Replica): number | undefined {
  return state === Replica_State.STATE_UNSPECIFIED || (lagChanges > 0 && lagMs === 0) ? undefined : lagMs;
}

export function viewOf(server: Server, inUse: boolean, now: number): ServerView {
  const lastSeenAt = Math.max(server.answeredAt ?? -Infinity, server.report?.heardAt ?? -Infinity);
  return {
    url: server.endpoint.address,
    name: server.name ?? server.endpoint.address,
    health: healthOf(server, now),
    inUse,
    roundTripMs: server.endpoint.roundTripMs,
    lagChanges: server.report?.lagChanges,
    lagMs: server.report?.lagMs,
    version: server.version,
    clockOffsetMs: server.report?.clockOffsetMs,
    alarms: server.report?.alarms ?? [],
    lastSeenAt: lastSeenAt === -Infinity ? undefined : lastSeenAt,
  };
}

/** The word of the server in use, unless this client knows better: it may be cut off from what the cluster reaches, or reach what the cluster does not. */
function healthOf(server: Server, now: number): ServerHealth {
  const { report, answeredAt, failedAt } = server;
  if (server.aside) return server.aside === 'draining' ? 'draining' : 'suspect';
  if (server.endpoint.failures > 0) {
    const saidLiveSince = report?.health === 'live' && failedAt !== undefined && report.at > failedAt;
    return saidLiveSince ? 'suspect' : 'dead';
  }
  if (!report || report.health === 'unknown') return answeredAt === undefined ? 'unknown' : 'live';
  if (report.health !== 'dead' || answeredAt === undefined) return report.health;
  if (answeredAt > report.at) return 'live';
  return now - answeredAt < OWN_WORD_COUNTS_MS ? 'suspect' : 'dead';
}
