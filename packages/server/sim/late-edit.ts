import type { Chance } from './chance.ts';
import { cutUntil } from './cuts.ts';
import { END_MS } from './plan.ts';
import type { World } from './world.ts';

/** Longer than a client waits for an answer: it has told another server by then, and edits again. */
const EDITS_AGAIN_MS = 2500;
/** The first edit comes after the second one. */
const SHORTEST_LATE_MS = 3000;
const LONGEST_LATE_MS = 4500;
/** The server that it comes to hears of neither from the others. */
const PARTED_MS = 5500;

/**
 * An edit is held up on its way to a server that is cut off from the others. Its sender tells another one, and edits again there, or deletes the message. Then
 * the first edit comes: that server does not know it, and takes it later than the others took the second one, or the deletion, which stays all the same [X2, M3].
 */
export function editLate(world: World, chance: Chance): void {
  const { network, timeline, counters, machines } = world;
  if (timeline.nowMs + PARTED_MS > END_MS) return;
  const one = chance.pick(world.residents.filter((person) => person.isSignedIn));
  const taking = one && machines.find(({ url, isServing }) => url === one.serverUrl && isServing);
  const other = chance.pick(world.residents.filter((person) => person !== one && person.accountId !== ''));
  const message = other && chance.pick(one?.shown(other).filter(({ mine, deleted, delivery }) => mine && !deleted && delivery?.status !== 'sending' && delivery?.status !== 'failed').slice(-4) ?? []);
  if (!one || !taking || !message) return;
  counters.count('client: edit held up');
  for (const machine of machines) if (machine !== taking) cutUntil(world, [taking.name, machine.name], true, PARTED_MS);
  const way = [one.name, taking.name] as const;
  network.holdUp(...way, chance.between(SHORTEST_LATE_MS, LONGEST_LATE_MS));
  one.edit(message);
  timeline.after(EDITS_AGAIN_MS, () => {
    network.holdUp(...way, 0);
    if (chance.hits(0.4)) one.delete(message, 'for-everyone');
    else one.edit(message);
  });
}
