import { type ChatServiceDefinition, type Replica, Replica_Alarm, Replica_State } from '@parley/proto/chat';
import type { Handlers } from '../grpc/handlers.ts';
import type { Peer } from '../replication/peer.ts';
import type { MemberStatus } from '../replication/replication.ts';
import type { Time } from '../stamp/clock.ts';
import { SERVER_VERSION } from '../version.ts';
import type { ChatParts } from './parts.ts';

/** Silent for longer than this, a replica is called dead, not suspect. */
const DEAD_AFTER_MS = 5000;
/** More changes behind than this, it is called suspect even while it answers. */
const LAG_SUSPECT = 1000;

export function clusterHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, 'getCluster'> {
  const { self, store, replication, time } = parts;
  return {
    getCluster: async () => {
      const own: Replica = { ...self, state: Replica_State.STATE_LIVE, self: true, roundTripMs: 0, lagChanges: 0, lastReportMsAgo: 0, level: true, removed: false, clockOffsetMs: 0, alarms: [] };
      const others = replication.members().map((status) => replicaView(status, time));
      return { clusterId: self.clusterId, replicas: [own, ...others].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })), serverVersion: SERVER_VERSION, removedReplicaIds: store.queries.replicas.removed().map(({ replicaId }) => replicaId) };
    },
  };
}

function replicaView({ peer, lagChanges, level }: MemberStatus, time: Time): Replica {
  const { replicaId, name, publicUrl, address, roundTripMs, lastReportAt } = peer;
  const lastReportMsAgo = lastReportAt === undefined ? 0 : Math.round(time.monotonicMs() - lastReportAt);
  return { replicaId, name, publicUrl, address, roundTripMs, lagChanges, lastReportMsAgo, level, self: false, removed: false, clockOffsetMs: peer.clock.offsetMs ?? 0, alarms: alarmsOf(peer), state: stateOf({ peer, lagChanges, level }, lastReportMsAgo) };
}

/** What its operator has to look at; the clock of one that is silent is not known. */
export function alarmsOf(peer: Peer): Replica_Alarm[] {
  const alarms: Replica_Alarm[] = [];
  if (peer.answers && peer.clock.isAlarming) alarms.push(Replica_Alarm.ALARM_CLOCK);
  if (peer.forked.size > 0) alarms.push(Replica_Alarm.ALARM_FORK);
  return alarms;
}

function stateOf({ peer, lagChanges }: MemberStatus, silentMs: number): Replica_State {
  if (!peer.answers) {
    const isRefusing = (peer.lastFailureAt ?? -1) > (peer.lastReportAt ?? -1);
    if (!peer.asked) return Replica_State.STATE_SUSPECT;
    return isRefusing || silentMs > DEAD_AFTER_MS ? Replica_State.STATE_DEAD : Replica_State.STATE_SUSPECT;
  }
  if (peer.draining) return Replica_State.STATE_DRAINING;
  return peer.up && lagChanges <= LAG_SUSPECT ? Replica_State.STATE_LIVE : Replica_State.STATE_SUSPECT;
}
