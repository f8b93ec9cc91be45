import type { Chance } from './chance.ts';
import { cutUntil } from './cuts.ts';
import type { Backup, Machine } from './machine.ts';
import type { Person } from './person.ts';
import type { World } from './world.ts';

/** From the state that comes back to its return: long enough for others to get what is lost then. */
const SHORTEST_MS = 400;
const LONGEST_MS = 2000;
/** So long the machine is kept from those who know more. */
const SHORTEST_PARTED_MS = 2500;
const LONGEST_PARTED_MS = 6000;
/** Somebody's page finds the one server that it reaches, and then writes within this. */
const FINDS_SERVER_MS = 2500;

/**
 * A whole machine is put back to an earlier state while it runs. Others have what it wrote since. Mostly it is cut off from all who know that, and somebody
 * whose page was closed all the while writes there: it uses its stamps again for something else, and nobody finds out before the cut ends.
 */
export function putBack(world: World, chance: Chance): void {
  const machine = chance.pick(world.machines.filter(({ running }) => running?.store.origin !== undefined));
  const backup = machine?.backUp();
  if (!machine || !backup) return;
  const away = chance.hits(0.8) ? chance.pick(world.residents.filter((person) => person.isSignedIn)) : undefined;
  away?.close();
  const afterMs = chance.between(SHORTEST_MS, LONGEST_MS);
  for (const person of world.residents) if (person !== away) writeAt(world, chance, machine, person, afterMs);
  world.timeline.after(afterMs, () => {
    if (machine.running) comeBack(world, chance, machine, backup, away);
    else away?.start();
  });
}

/** The person has no other server for so long, and writes there. */
function writeAt(world: World, chance: Chance, machine: Machine, person: Person, lastingMs: number): void {
  if (chance.hits(0.5)) for (const other of othersThan(world, machine)) cutUntil(world, [person.name, other.name], true, lastingMs);
  world.timeline.after(chance.between(0, lastingMs), () => writeTo(world, chance, person));
}

function comeBack(world: World, chance: Chance, machine: Machine, backup: Backup, away: Person | undefined): void {
  if (away) {
    const partedMs = chance.between(SHORTEST_PARTED_MS, LONGEST_PARTED_MS);
    for (const other of othersThan(world, machine)) for (const name of [machine.name, away.name]) cutUntil(world, [name, other.name], true, partedMs);
    for (const person of world.residents) if (person !== away) cutUntil(world, [person.name, machine.name], true, partedMs);
    // It serves as soon as it knows that it is alone; the process that is put back in the world served all the while.
    const { toldAtOnce } = world.network;
    for (const name of [machine.name, away.name]) {
      toldAtOnce.add(name);
      world.timeline.after(partedMs, () => toldAtOnce.delete(name));
    }
  }
  machine.putBack(backup);
  if (chance.hits(0.2)) machine.clock.shiftMs += chance.between(1500, 20_000);
  away?.start();
  // Both histories go on.
  for (const person of world.residents) {
    for (let left = 1 + chance.below(3); left > 0; left--) world.timeline.after(chance.between(100, FINDS_SERVER_MS), () => writeTo(world, chance, person));
  }
}

/** Something of every kind that the other history may have at the same place. */
function writeTo(world: World, chance: Chance, person: Person): void {
  const other = chance.pick(world.residents.filter((resident) => resident !== person));
  if (!other) return;
  const message = chance.pick(person.shown(other).filter(({ deleted, delivery }) => !deleted && delivery?.status !== 'sending').slice(-4));
  const what = chance.fraction();
  if (message?.mine && what < 0.15) person.delete(message, 'for-everyone');
  else if (message?.mine && what < 0.3) person.edit(message);
  else person.send(other, what < 0.5 ? message : undefined);
}

function othersThan({ machines }: World, machine: Machine): Machine[] {
  return machines.filter((other) => other !== machine);
}
