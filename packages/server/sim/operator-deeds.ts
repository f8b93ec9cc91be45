import { ReplicationServiceDefinition } from '@parley/proto/replication';
import { makeProof } from '../src/replication/proof.ts';
import type { Chance } from './chance.ts';
import { cutOff, cutUntil } from './cuts.ts';
import type { Machine } from './machine.ts';
import type { Deed } from './plan.ts';
import type { World } from './world.ts';

/** More machines than this do not join. */
const MAX_MACHINES = 4;
/** What `parley cluster remove` gives the server that it asks. */
const REMOVE_WITHIN_MS = 15_000;
/** A replica that reaches nobody serves after this. */
const SERVES_ALONE_MS = 3000;
/** A server takes secrets that its file has within this. */
const READS_SECRETS_MS = 3000;

/** What an operator does while people write. */
export const OPERATOR_DEEDS: Partial<Record<Deed, (world: World, chance: Chance) => void>> = {
  join: (world) => {
    if (world.machines.length < MAX_MACHINES) world.addMachine().start();
  },
  remove: (world, chance) => {
    const machine = chance.pick(world.machines.filter(({ replicaId }) => replicaId !== undefined));
    if (!machine) return;
    const why = chance.pick(['is up', 'is down', 'is parted']) ?? 'is up';
    if (why === 'is down') machine.crash();
    if (why === 'is parted') cutOff(world, chance, machine);
    world.timeline.after(chance.between(0, 1500), () => void removeBy(world, chance, machine, why));
    // It may also stay what it is, and be healed with everything else.
    if (chance.hits(0.5)) world.timeline.after(chance.between(1000, 7000), () => startAgain(world, chance, machine));
  },
  'replace secret': (world, chance) => {
    if (world.secretText !== FIRST_SECRET) return;
    // As README has it: accepted by all, then used by all, then the old one is out.
    const steps = [`${FIRST_SECRET}\n${SECOND_SECRET}`, `${SECOND_SECRET}\n${FIRST_SECRET}`, SECOND_SECRET];
    for (const [step, text] of steps.entries()) world.timeline.after(step * READS_SECRETS_MS, () => giveSecrets(world, chance, text, step));
  },
};

/** The secret that a cluster begins with, and another one. */
export const FIRST_SECRET = 'the secret of the simulated cluster, long enough';
const SECOND_SECRET = 'another secret of the simulated cluster, as long';

/** Now and then it reaches nobody until after it serves, and hears only then that it was removed. */
function startAgain(world: World, chance: Chance, machine: Machine): void {
  if (chance.hits(0.4)) {
    for (const other of world.machines) if (other !== machine) cutUntil(world, [machine.name, other.name], true, chance.between(SERVES_ALONE_MS, 2 * SERVES_ALONE_MS));
    world.counters.count('removed, and started again while it reaches nobody');
  }
  machine.restart();
}

function giveSecrets(world: World, chance: Chance, text: string, step: number): void {
  world.counters.count(`secret replaced, step ${step + 1}`);
  world.secretText = text;
  for (const machine of world.machines) world.timeline.after(chance.between(0, READS_SECRETS_MS - 1), () => machine.secrets.replace(text));
}

/** Asks another server to remove the machine's replica, as the terminal client does. */
async function removeBy(world: World, chance: Chance, machine: Machine, why: string): Promise<void> {
  const { counters, trace, checks } = world;
  const asked = chance.pick(world.machines.filter((other) => other !== machine && other.isServing));
  const { replicaId } = machine;
  if (!asked?.running || replicaId === undefined) return;
  const { running } = asked;
  const { requestType, responseType } = ReplicationServiceDefinition.methods.remove;
  trace.say(() => `${asked.name} is asked to remove ${machine.name}`);
  const askedAtMs = world.timeline.nowMs;
  try {
    const bytes = await asked.services.answerPeer('remove', requestType.encode({ replicaId }).finish(), { proof: makeProof(asked.secrets), withinMs: REMOVE_WITHIN_MS });
    if (!running.time.isAlive) return;
    counters.count(`removed: a replica that ${why}`);
    checks.answered(asked, running, { method: 'remove', request: { replicaId }, response: { copies: responseType.decode(bytes) }, me: '', askedAtMs });
  } catch (error) {
    counters.count(`not removed: ${String(error).replaceAll(/“.*”/g, '…').slice(0, 60)}`);
  }
}
