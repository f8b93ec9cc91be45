import type { Chance } from './chance.ts';
import type { Person } from './person.ts';
import type { World } from './world.ts';

/** Long enough for a page to find the one server that it reaches, and to send to it. */
const SHORTEST_MS = 1_500;
const LONGEST_MS = 6_000;

/**
 * Somebody writes, takes the device to where only one server is reached, which is cut off from the others, loads the page again and goes on writing:
 * that server has nothing that tells it where the next message belongs but what the device kept.
 */
export function moveDevice(world: World, chance: Chance, one: Person, other: Person): void {
  const { machines, network, timeline } = world;
  const reached = chance.pick(machines);
  if (!reached) return;
  world.counters.count('client: device moved');
  const others = machines.filter((machine) => machine !== reached);
  const apart = others.map((machine): [string, string] => [machine.name, reached.name]);
  const outOfReach = others.map((machine): [string, string] => [machine.name, one.name]);
  cutBoth(world, apart);
  one.send(other, undefined);
  timeline.after(chance.between(300, 1_500), () => {
    cutBoth(world, outOfReach);
    if (one.isSignedIn) one.restart();
    timeline.after(chance.between(100, 1_000), () => one.send(other, undefined));
  });
  timeline.after(chance.between(SHORTEST_MS, LONGEST_MS), () => {
    for (const [from, to] of [...apart, ...outOfReach]) {
      network.mend(from, to);
      network.mend(to, from);
    }
  });
}

function cutBoth({ network }: World, pairs: readonly [string, string][]): void {
  for (const [from, to] of pairs) {
    network.cut(from, to);
    network.cut(to, from);
  }
}
