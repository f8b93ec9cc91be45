import type { MessageView } from '@parley/client/api';
import type { Chance } from './chance.ts';
import { cutUntil } from './cuts.ts';
import type { Machine } from './machine.ts';
import { END_MS } from './plan.ts';
import type { Person } from './person.ts';
import type { World } from './world.ts';

/** More than one page of changes lies between a message and its deletion, so that they go out one after the other. */
const MESSAGES = 8;
/** The longest that the one replica has for passing on what it has. */
const PASSES_ON_MS = 2500;
/** How often it is looked whether the other one has the message without its text. */
const LOOK_EVERY_MS = 10;

/**
 * A deletion burns with the one replica that had it, after it had taken the text out of what that replica passed on: one other
 * replica then has the message erased and no deletion, the third one still has its text.
 */
export function loseDeletion(world: World, chance: Chance, burn: (machine: Machine) => void): void {
  const { network, timeline, counters } = world;
  const writer = chance.pick(world.residents.filter((person) => person.isSignedIn));
  const taking = writer && machineOf(world, writer);
  const reader = chance.pick(world.residents.filter((person) => person !== writer && person.accountId !== ''));
  const others = world.machines.filter((machine) => machine !== taking);
  const late = chance.pick(others.filter(({ running }) => running));
  const knowing = others.find((machine) => machine !== late && machine.isServing);
  if (!writer || !taking || !reader || !late || !knowing) return;
  const firstMs = chance.between(400, 1200);
  const deletedMs = chance.between(200, 600);
  const allMs = firstMs + deletedMs + PASSES_ON_MS;
  if (timeline.nowMs + allMs > END_MS) return;
  // One replica gets nothing yet, and the writer's page has no other server.
  for (const other of others) {
    cutUntil(world, [writer.name, other.name], true, allMs);
    if (other !== late) cutUntil(world, [late.name, other.name], true, allMs);
  }
  cutUntil(world, [taking.name, late.name], true, firstMs + deletedMs);
  for (let i = 0; i < MESSAGES; i++) writer.send(reader, undefined);
  timeline.after(firstMs, () => {
    for (const other of others) if (other !== late) cutUntil(world, [taking.name, other.name], true, deletedMs + PASSES_ON_MS);
    const isThere = ({ messageId }: MessageView) => knowing.running?.store.queries.messages.byKey(writer.accountId, writer.accountId, messageId) !== undefined;
    const stored = writer.shown(reader).filter((message) => message.mine && !message.deleted && isThere(message));
    const message = chance.pick(stored.slice(-MESSAGES, -MESSAGES / 2));
    if (message) writer.delete(message, 'for-everyone');
    network.slowMs.set(taking.name, chance.between(50, 300));
  });
  const endsAtMs = timeline.nowMs + allMs;
  const look = () => {
    const hasErased = (late.running?.store.queries.messages.erasedWithoutTombstone(1).length ?? 0) > 0;
    if (!hasErased && timeline.nowMs < endsAtMs) {
      timeline.after(LOOK_EVERY_MS, look);
      return;
    }
    network.slowMs.delete(taking.name);
    if (hasErased) counters.count('burnt with a deletion, while another replica had the message erased');
    burn(taking);
  };
  timeline.after(firstMs + deletedMs, look);
}

/** Where the person's page is served. */
function machineOf({ machines }: World, person: Person): Machine | undefined {
  return machines.find(({ url, isServing }) => url === person.serverUrl && isServing);
}
