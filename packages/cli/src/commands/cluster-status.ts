import { type Replica, Replica_State } from '@parley/proto/chat';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { printableLine } from '../printable.ts';
import { askCluster, readCluster } from '../read-cluster.ts';
import { lagWords, roundTripWords, sizeWords } from '../server-words.ts';

const STATES: ReadonlyMap<number, string> = new Map([
  [Replica_State.STATE_LIVE, 'live'], [Replica_State.STATE_SUSPECT, 'suspect'], [Replica_State.STATE_DRAINING, 'draining'], [Replica_State.STATE_DEAD, 'dead'],
]);

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
  details: 'State, lag and agreement are as the first replica that answers sees them; that one has a star. Sizes are what each tells of itself, where this machine reaches it. '
    + 'Nobody has to be signed in. Ends with 8 where a replica is not live.',
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
  return replica.state === Replica_State.STATE_LIVE;
}

function print(rows: readonly Row[], output: Output): void {
  output.table(['NAME', 'ADDRESS', 'STATE', 'ROUND TRIP', 'LAG', 'LOG', 'DATABASE'], rows.map((row) => {
    const { replica, own } = row;
    const { name, address, self, roundTripMs, lagChanges, level } = replica;
    const isKnown = self || replica.lastReportMsAgo > 0;
    return [
      `${printableLine(name)}${self ? '*' : ''}`, address, stateOf(replica), self ? '' : roundTripWords(roundTripMs),
      isKnown ? lagWords(lagChanges) : '', isKnown ? (level ? 'equal' : 'not yet equal') : '', own ? sizeWords(own.databaseBytes) : '',
    ];
  }));
  const live = rows.filter(isWell).length;
  output.say(`${live} of ${rows.length} ${rows.length === 1 ? 'replica' : 'replicas'} live.`);
}

function jsonOf({ replica, own }: Row): Readonly<Record<string, unknown>> {
  const { replicaId, name, address, publicUrl, self, roundTripMs, lagChanges, lastReportMsAgo, level } = replica;
  return { replicaId, name, address, publicUrl, state: stateOf(replica), self, roundTripMs, lagChanges, lastReportMsAgo, level, databaseBytes: own?.databaseBytes };
}

function stateOf({ state }: Replica): string {
  return STATES.get(state) ?? 'unknown';
}
