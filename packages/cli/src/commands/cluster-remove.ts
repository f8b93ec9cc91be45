import { Failure } from '@parley/client/failure';
import { type Replica, Replica_State } from '@parley/proto/chat';
import { ReplicationServiceDefinition } from '@parley/proto/replication';
import { ask } from '../ask.ts';
import type { Command, Context } from '../command.ts';
import { CommandFailed, ExitCode, UsageError } from '../exit-codes.ts';
import { storedWords } from '../message-lines.ts';
import { readCluster } from '../read-cluster.ts';
import { ReplicaCalls, SECRET_FLAG } from '../replica-calls.ts';

const { remove } = ReplicationServiceDefinition.methods;

export const clusterRemove: Command = {
  name: 'cluster remove',
  summary: 'Takes a replica out of the cluster',
  takes: 'NAME',
  count: [1, 1],
  flags: [SECRET_FLAG, { name: 'confirm', value: 'NAME', what: 'its name again: that you mean it (else you are asked)' }],
  details: 'NAME may be its id too, as parley cluster status --json tells it. The replica is not waited for, counted or offered to clients any more. Stop it first: one that runs on is a member again '
    + 'once it is started anew with the same secret. Ends with 4 where there is no such replica, with 3 where the secret is another, and with 7 where it is not known whether it was removed: repeat it.',
  examples: ['parley cluster remove server4 --cluster-secret-file .parley/cluster-secret'],
  run: async (context) => {
    const { args: [wanted = ''], output } = context;
    const calls = new ReplicaCalls(context);
    const { replicas } = await readCluster(context.settings);
    const replica = find(replicas, wanted);
    await confirm(replica, context);
    const { stored, replicas: count } = await calls.call(chooseAsked(replicas, replica).address, remove, { replicaId: replica.replicaId }).catch(inDoubt);
    if (output.json) output.jsonData({ replicaId: replica.replicaId, name: replica.name, stored, replicas: count });
    else output.say(`${replica.name} is removed, ${storedWords(stored, count)}.`);
    return ExitCode.DONE;
  },
};

function find(replicas: readonly Replica[], wanted: string): Replica {
  const found = replicas.filter(({ replicaId, name }) => replicaId === wanted || name === wanted);
  const [replica, ...others] = found;
  if (!replica) throw new Failure('REPLICA_NOT_FOUND', `There is no replica ${wanted}. The cluster has ${replicas.map(({ name }) => name).join(', ')}.`);
  if (others.length > 0) throw new UsageError(`several replicas have the name ${wanted}; name one by its id: ${found.map(({ replicaId, address }) => `${replicaId} (${address})`).join(', ')}`);
  return replica;
}

async function confirm({ name }: Replica, { flag, settings }: Context): Promise<void> {
  const given = flag('confirm');
  if (given === undefined && !settings.mayAsk) throw new UsageError(`say that you mean it: --confirm ${name}`);
  const typed = given ?? await ask(`Takes ${name} out of the cluster. Type its name to go on: `);
  if (typed !== name) throw new CommandFailed(ExitCode.USAGE, `That is not its name, ${name}. Nothing was removed.`);
}

/** A replica does not remove itself. */
function chooseAsked(replicas: readonly Replica[], removed: Replica): Replica {
  const others = replicas.filter(({ replicaId, state }) => replicaId !== removed.replicaId && state === Replica_State.STATE_LIVE);
  const asked = others.find(({ self }) => self) ?? others[0];
  if (!asked) throw new CommandFailed(ExitCode.UNREACHABLE, `No other replica is live that could take ${removed.name} out. Start one, then try again.`);
  return asked;
}

/** It has answered just before, so the call may have reached it. */
function inDoubt(error: unknown): never {
  if (error instanceof Failure && error.reason === 'UNREACHABLE') throw new CommandFailed(ExitCode.OUTCOME_UNKNOWN, `${error.message} It is not known whether the replica was removed; repeating the command is safe.`);
  throw error;
}
