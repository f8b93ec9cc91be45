import { type ChatServiceDefinition, type Replica, Replica_Alarm, Replica_State, Replica_Tables } from '@parley/proto/chat';
import type { Handlers } from '../grpc/handlers.ts';
import type { Peer } from '../replication/peer.ts';
import type { MemberStatus } from '../replication/replication.ts';
import type { TablesOutcome } from '../replication/verification.ts';
import { SERVER_VERSION } from '../version.ts';
import type { ChatParts } from './parts.ts';

/** Silent for longer than this, a replica is called dead, not suspect. */
const DEAD_AFTER_MS = 5000;
/** More changes behind than this, it is called suspect even while it answers. */
const LAG_SUSPECT = 1000;
/** `server10` comes after `server9`. Made once: `localeCompare` makes one for each comparison. */
const byName = new Intl.Collator('en', { numeric: true });

export function clusterHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, 'getCluster'> {
  const { self, store, replication } = parts;
  return {
    getCluster: async () => {
      const own: Replica = { ...self, state: Replica_State.STATE_LIVE, self: true, roundTripMs: 0, lagChanges: 0, lagMs: 0, lastReportMsAgo: 0, level: true, removed: false, clockOffsetMs: 0, alarms: tablesAlarms(parts.tables(self.replicaId)), ...tablesView(parts, self.replicaId), databaseBytes: store.databaseBytes() };
      const others = replication.members().map((status) => replicaView(parts, status));
      return { clusterId: self.clusterId, replicas: [own, ...others].sort((a, b) => byName.compare(a.name, b.name)), serverVersion: SERVER_VERSION, removedReplicaIds: store.queries.replicas.removed().map(({ replicaId }) => replicaId) };
    },
  };
}

function replicaView(parts: ChatParts, { peer, lagChanges, lagMs, level }: MemberStatus): Replica {
  const { replicaId, name, publicUrl, address, roundTripMs, lastReportAt } = peer;
  const lastReportMsAgo = lastReportAt === undefined ? 0 : Math.round(parts.time.monotonicMs() - lastReportAt);
  return { ...tablesView(parts, replicaId), replicaId, name, publicUrl, address, roundTripMs, lagChanges, lagMs, lastReportMsAgo, level, self: false, databaseBytes: 0, removed: false, clockOffsetMs: peer.clock.offsetMs ?? 0, alarms: [...alarmsOf(peer), ...tablesAlarms(parts.tables(replicaId))], state: stateOf(peer, lagChanges, lastReportMsAgo) };
}

/** What its operator has to look at; the clock of one that is silent is not known. */
export function alarmsOf(peer: Peer): Replica_Alarm[] {
  const alarms: Replica_Alarm[] = [];
  if (peer.answers && peer.clock.isAlarming) alarms.push(Replica_Alarm.ALARM_CLOCK);
  if (peer.forked.size > 0) alarms.push(Replica_Alarm.ALARM_FORK);
  return alarms;
}

/** The tables are not what the log makes of them [G2]. */
export function tablesAlarms(outcome: TablesOutcome | undefined): Replica_Alarm[] {
  return outcome?.tables === 'differ' ? [Replica_Alarm.ALARM_TABLES] : [];
}

function tablesView({ tables, time }: ChatParts, replicaId: string): Pick<Replica, 'tables' | 'tablesComparedMsAgo'> {
  const outcome = tables(replicaId);
  if (!outcome) return { tables: Replica_Tables.TABLES_UNSPECIFIED, tablesComparedMsAgo: 0 };
  // 0 says 'never'.
  const tablesComparedMsAgo = Math.max(1, Math.round(time.monotonicMs() - outcome.at));
  return { tables: outcome.tables === 'equal' ? Replica_Tables.TABLES_EQUAL : Replica_Tables.TABLES_DIFFER, tablesComparedMsAgo };
}

function stateOf(peer: Peer, lagChanges: number, silentMs: number): Replica_State {
  if (!peer.answers) {
    const isRefusing = (peer.lastFailureAt ?? -1) > (peer.lastReportAt ?? -1);
    if (!peer.asked) return Replica_State.STATE_SUSPECT;
    return isRefusing || silentMs > DEAD_AFTER_MS ? Replica_State.STATE_DEAD : Replica_State.STATE_SUSPECT;
  }
  if (peer.draining) return Replica_State.STATE_DRAINING;
  return peer.up && lagChanges <= LAG_SUSPECT ? Replica_State.STATE_LIVE : Replica_State.STATE_SUSPECT;
}
