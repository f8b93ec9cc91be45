import { statSync } from 'node:fs';
import { Replica_Alarm } from '@parley/proto/chat';
import { alarmsOf, tablesAlarms } from './chat/cluster.ts';
import type { Replica } from './replica.ts';
import type { MetricsSource } from './web/metrics.ts';

const KINDS: ReadonlyMap<Replica_Alarm, string> = new Map([
  [Replica_Alarm.ALARM_CLOCK, 'clock'],
  [Replica_Alarm.ALARM_FORK, 'fork'],
  [Replica_Alarm.ALARM_TABLES, 'tables'],
]);

/** What a replica's metrics are read from. `replica`: undefined until its database is open. */
export function replicaMetrics(of: { name: string; dbFile: string; replica: () => Replica | undefined; isReady: () => boolean }): MetricsSource {
  const members = () => of.replica()?.members() ?? [];
  return {
    isReady: of.isReady,
    peers: () => members().map(({ peer, lagChanges, lagMs }) => ({ name: peer.name, up: peer.up, lagChanges, lagMs, roundTripMs: peer.roundTripMs, clockOffsetMs: peer.clock.offsetMs })),
    alarms: () => {
      const ofPeers = members().flatMap(({ peer }) => [...alarmsOf(peer), ...tablesAlarms(of.replica()?.tables(peer.replicaId))].map((alarm) => ({ kind: KINDS.get(alarm) ?? 'other', replica: peer.name })));
      const own = tablesAlarms(of.replica()?.tables()).map(() => ({ kind: 'tables', replica: of.name }));
      const removed = of.replica()?.isRemoved ? [{ kind: 'removed', replica: of.name }] : [];
      return [...ofPeers, ...own, ...removed];
    },
    waitingChanges: () => (of.replica()?.waiting() ?? []).reduce((sum, { seqs }) => sum + seqs.length, 0),
    streams: () => of.replica()?.hub.count ?? 0,
    databaseBytes: () => sizeOf(of.dbFile) + sizeOf(`${of.dbFile}-wal`),
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
