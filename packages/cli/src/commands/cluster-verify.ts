import { setTimeout as delay } from 'node:timers/promises';
import { PeerTables_Outcome, ReplicationServiceDefinition, type VerifyResponse, VerifyResponse_Outcome } from '@parley/proto/replication';
import { Failure } from '@parley/client/failure';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { printableLine } from '../printable.ts';
import { readCluster } from '../read-cluster.ts';
import { ReplicaCalls, SECRET_FLAG } from '../replica-calls.ts';

const { verify } = ReplicationServiceDefinition.methods;

/** The replica compares in the background, which takes as long as reading its database does. */
const ASK_AGAIN_MS = 300;

type Result = 'equal' | 'differs' | 'not compared';

interface Row {
  readonly replicaId: string;
  readonly name: string;
  readonly result: Result;
}

export const clusterVerify: Command = {
  name: 'cluster verify',
  summary: 'Proves that all replicas hold the same, and what their logs say',
  takes: '',
  count: [0, 0],
  flags: [SECRET_FLAG],
  details: 'The first of the servers that answers compares its tables with its log, and with the tables of every other replica at an equal version vector. People can go on chatting meanwhile. '
    + 'Ends with 8 where a replica differs or could not be compared; parley-server rebuild mends one whose tables differ.',
  examples: ['parley cluster verify --cluster-secret-file .parley/cluster-secret'],
  run: async (context) => {
    const { output, settings } = context;
    const calls = new ReplicaCalls(context);
    const { clusterId, replicas } = await readCluster(settings);
    const asked = replicas.find(({ self }) => self);
    if (!asked) throw new Failure('INTERNAL', 'The server did not say who it is. Try another one: --servers HOST:PORT');
    output.say(`${printableLine(asked.name)} compares itself with its log and with ${replicas.length - 1} others …`);
    const answer = await untilDone((run) => calls.call(asked.address, verify, verify.requestType.create({ clusterId, everyone: true, run })));
    const rows = [{ replicaId: asked.replicaId, name: asked.name, result: ownResult(answer) }, ...answer.peers.map(({ replicaId, name, outcome }) => ({ replicaId, name, result: peerResult(outcome) }))];
    print(rows, output);
    return rows.every(({ result }) => result === 'equal') ? ExitCode.DONE : ExitCode.DEGRADED;
  },
};

async function untilDone(ask: (run: number) => Promise<VerifyResponse>): Promise<VerifyResponse> {
  for (let run = 0; ; await delay(ASK_AGAIN_MS)) {
    const answer = await ask(run);
    if (answer.outcome !== VerifyResponse_Outcome.OUTCOME_RUNNING) return answer;
    ({ run } = answer);
  }
}

function ownResult({ outcome }: VerifyResponse): Result {
  if (outcome === VerifyResponse_Outcome.OUTCOME_EQUAL) return 'equal';
  return outcome === VerifyResponse_Outcome.OUTCOME_DIFFERS ? 'differs' : 'not compared';
}

function peerResult(outcome: PeerTables_Outcome): Result {
  if (outcome === PeerTables_Outcome.OUTCOME_EQUAL) return 'equal';
  return outcome === PeerTables_Outcome.OUTCOME_DIFFERS ? 'differs' : 'not compared';
}

function print(rows: readonly Row[], output: Output): void {
  if (output.json) output.jsonData({ replicas: rows });
  else output.table(['NAME', 'TABLES'], rows.map(({ name, result }) => [printableLine(name), result]));
  const [differing, missed] = (['differs', 'not compared'] as const).map((wanted) => rows.filter(({ result }) => result === wanted).map(({ name }) => printableLine(name)).join(', '));
  if (differing) output.say(`${differing}: its tables differ, by a bug or a bad disk. Stop it, run parley-server rebuild --db-file with its database, and start it again.`);
  if (missed) output.say(`${missed}: could not be compared. Try again once parley cluster status shows it live and its log equal.`);
}
