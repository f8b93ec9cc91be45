import type { Chance } from './chance.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** How long a fault lasts: often seconds, now and then an instant. */
export function lasting(chance: Chance): number {
  return chance.hits(0.3) ? chance.between(50, 1000) : chance.between(1000, 8000);
}

/** Cuts a machine off from all others. */
export function cutOff(world: World, chance: Chance, machine: Machine): void {
  for (const other of world.machines) if (other !== machine) cutFor(world, chance, [machine.name, other.name], true);
}

/** Cuts the way from the first to the second, or both ways, for as long as chance has it. */
export function cutFor(world: World, chance: Chance, pair: readonly [string, string], bothWays: boolean): void {
  cutUntil(world, pair, bothWays, lasting(chance));
}

/** The same for so long. */
export function cutUntil({ network, timeline }: World, [one, other]: readonly [string, string], bothWays: boolean, lastingMs: number): void {
  network.cut(one, other);
  if (bothWays) network.cut(other, one);
  timeline.after(lastingMs, () => {
    network.mend(one, other);
    if (bothWays) network.mend(other, one);
  });
}
