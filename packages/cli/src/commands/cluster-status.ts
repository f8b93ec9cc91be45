import { type Replica, Replica_Alarm, Replica_State, Replica_Tables } from '@parley/proto/chat';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { printableLine } from '../printable.ts';
import { askCluster, readCluster } from '../read-cluster.ts';
import { lagWords, roundTripWords, sizeWords } from '../server-words.ts';

const STATES: ReadonlyMap<number, string> = new Map([
  [Replica_State.STATE_LIVE, 'live'], [Replica_State.STATE_SUSPECT, 'suspect'], [Replica_State.STATE_DRAINING, 'draining'], [Replica_State.STATE_DEAD, 'dead'],
]);

const ALARMS: ReadonlyMap<number, string> = new Map([[Replica_Alarm.ALARM_CLOCK, 'clock'], [Replica_Alarm.ALARM_FORK, 'fork'], [Replica_Alarm.ALARM_TABLES, 'tables']]);

const TABLES: ReadonlyMap<number, string> = new Map([[Replica_Tables.TABLES_EQUAL, 'equal'], [Replica_Tables.TABLES_DIFFER, 'differ']]);

/** A replica as the one that was asked sees it, and what it says of itself: undefined where it does not answer here. */
interface Row {
  readonly replica: Replica;
  readonly own: Replica | undefined;
}

export const clusterStatus: Command = {
  name: 'cluster status',
  summary: 'Shows the replicas and how they do',
  takes: '',
  count: [0, 0],
  flags: [],
  details: 'State, lag (the changes that a replica lacks, and the age of the oldest of them) and agreement are as the first replica that answers sees them; that one has a star. Tables are as they were last compared, once a day or by parley cluster verify. Sizes are what each tells of itself, where this machine reaches it. '
    + 'Nobody has to be signed in. Ends with 8 where a replica is not live or raises an alarm.',
  examples: ['parley cluster status --servers localhost:50051', 'parley cluster status --json | jq .replicas'],
  run: async ({ settings, output }) => {
    const { clusterId, replicas, serverVersion } = await readCluster(settings);
    const rows = await Promise.all(replicas.map(async (replica): Promise<Row> => ({ replica, own: replica.self ? replica : await askItself(replica) })));
    if (output.json) output.jsonData({ clusterId, serverVersion, replicas: rows.map(jsonOf) });
    else print(rows, output);
    return rows.every(isWell) ? ExitCode.DONE : ExitCode.DEGRADED;
  },
};

async function askItself({ address, replicaId }: Replica): Promise<Replica | undefined> {
  try {
    const { replicas } = await askCluster(address);
    return replicas.find((replica) => replica.self && replica.replicaId === replicaId);
  } catch {
    return undefined;
  }
}

function isWell({ replica }: Row): boolean {
  return replica.state === Replica_State.STATE_LIVE && replica.alarms.length === 0;
}

function print(rows: readonly Row[], output: Output): void {
  output.table(['NAME', 'ADDRESS', 'STATE', 'ROUND TRIP', 'LAG', 'LOG', 'TABLES', 'CLOCK', 'DATABASE', 'ALARMS'], rows.map((row) => {
    const { replica, own } = row;
    const { name, address, self, roundTripMs, lagChanges, lagMs, level, clockOffsetMs } = replica;
    const isKnown = self || replica.lastReportMsAgo > 0;
    return [
      `${printableLine(name)}${self ? '*' : ''}`, address, stateOf(replica), self ? '' : roundTripWords(roundTripMs),
      isKnown ? lagWords(lagChanges, lagMs) : '', isKnown ? (level ? 'equal' : 'not yet equal') : '', TABLES.get(replica.tables) ?? '', isKnown && !self ? offsetWords(clockOffsetMs) : '', own ? sizeWords(own.databaseBytes) : '', alarmsOf(replica).join(', '),
    ];
  }));
  const live = rows.filter(({ replica }) => replica.state === Replica_State.STATE_LIVE).length;
  output.say(`${live} of ${rows.length} ${rows.length === 1 ? 'replica' : 'replicas'} live.`);
}

function jsonOf({ replica, own }: Row): Readonly<Record<string, unknown>> {
  const { replicaId, name, address, publicUrl, self, roundTripMs, lagChanges, lagMs, lastReportMsAgo, level, clockOffsetMs } = replica;
  return { replicaId, name, address, publicUrl, state: stateOf(replica), self, roundTripMs, lagChanges, lagMs, lastReportMsAgo, level, clockOffsetMs, tables: TABLES.get(replica.tables), databaseBytes: own?.databaseBytes, alarms: alarmsOf(replica) };
}

function stateOf({ state }: Replica): string {
  return STATES.get(state) ?? 'unknown';
}

function alarmsOf({ alarms }: Replica): string[] {
  return alarms.map((alarm) => ALARMS.get(alarm) ?? 'unknown');
}

/** `+12 ms`: its clock minus that of the replica that was asked. */
function offsetWords(ms: number): string {
  return `${ms < 0 ? '-' : '+'}${Math.round(Math.abs(ms))} ms`;
}
