import type { MessageView } from '@parley/client/api';
import type { Chance } from './chance.ts';
import { editLate } from './late-edit.ts';
import { moveDevice } from './moved-device.ts';
import { Person } from './person.ts';
import type { Deed } from './plan.ts';
import type { World } from './world.ts';

/** Two people claim one name at the same time, once in a run. */
const CLAIMANTS = 2;

type Act = (world: World, chance: Chance) => void;

/** What people do. */
export const CLIENT_DEEDS: Partial<Record<Deed, Act>> = {
  send: (world, chance) => {
    const { one, other } = pair(world, chance);
    for (let left = 1 + chance.below(3); left > 0; left--) one.send(other, undefined);
  },
  edit: (world, chance) => {
    const { one, other } = pair(world, chance);
    const message = chance.pick(one.shown(other).filter(({ mine, deleted, delivery }) => mine && !deleted && delivery?.status !== 'failed').slice(-4));
    // Now and then twice at once: the second may come before any server has taken the first.
    for (let left = message ? 1 + chance.below(2) : 0; left > 0; left--) if (message) one.edit(message);
  },
  'edit at once': (world, chance) => {
    const { one, other } = pair(world, chance);
    const message = one.send(other, undefined);
    // While the message is on its way, or may be: what is told of it must not come before it.
    if (message) world.timeline.after(chance.between(0, chance.hits(0.5) ? 30 : 1500), () => one.isSignedIn && one.edit(message));
  },
  'edit late': editLate,
  answer: (world, chance) => {
    const { one, other } = pair(world, chance);
    one.send(other, chance.pick(one.shown(other).filter(({ deleted, delivery }) => !deleted && delivery?.status !== 'sending').slice(-4)));
  },
  read: (world, chance) => {
    const { one, other } = pair(world, chance);
    if (one.isSignedIn && other.accountId !== '') one.markRead(other);
  },
  delete: (world, chance) => {
    // Half of the time one that is still offered to other servers: a retry may come after the deletion.
    const isOnItsWay = chance.hits(0.5);
    const isMeant = ({ mine, deleted, delivery }: MessageView) => mine && !deleted && delivery?.status !== 'sending';
    withMessage(world, chance, (message) => isMeant(message) && (!isOnItsWay || (message.delivery?.status === 'stored' && message.delivery.stored === 1)), 'for-everyone');
  },
  hide: (world, chance) => withMessage(world, chance, ({ delivery }) => delivery?.status !== 'sending', 'for-me'),
  unhide: (world, chance) => {
    const { one } = pair(world, chance);
    const hidden = chance.pick([...one.viewer.hidden]);
    const [senderId = '', messageId = ''] = hidden?.split('/') ?? [];
    if (hidden !== undefined && one.isSignedIn) one.delete({ senderId, messageId }, 'undo');
  },
  password: (world, chance) => {
    const { one } = pair(world, chance);
    if (one.isSignedIn) one.changePassword();
  },
  list: (world, chance) => pair(world, chance).one.list(),
  'reload page': (world, chance) => {
    const { one, other } = pair(world, chance);
    if (!one.isSignedIn) return;
    world.counters.count('client: page loaded again');
    // Where everything is to go well nothing is cut.
    if (!world.checks.expectedCopies && chance.hits(0.5)) moveDevice(world, chance, one, other);
    else one.restart();
  },
  claim: (world, chance) => {
    if (world.people.length > world.residents.length) return;
    for (let i = 1; i <= CLAIMANTS; i++) {
      const person = new Person(world, `claimant${i}`, 'dora');
      world.people.push(person);
      world.timeline.after(chance.between(0, 100), () => person.start());
    }
  },
};

function pair(world: World, chance: Chance): { one: Person; other: Person } {
  const [first, ...rest] = world.residents.map((person) => ({ person, place: chance.fraction() })).sort((a, b) => a.place - b.place).map(({ person }) => person);
  const [other] = rest;
  if (!first || !other) throw new Error('a run has two people at least');
  return { one: first, other };
}

function withMessage(world: World, chance: Chance, isMeant: (message: MessageView) => boolean, how: 'for-me' | 'for-everyone'): void {
  const { one, other } = pair(world, chance);
  const message = chance.pick(one.shown(other).filter(isMeant));
  if (message) one.delete(message, how);
}
