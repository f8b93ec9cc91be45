import { setTimeout as delay } from 'node:timers/promises';
import type { FaultyReplica } from './faulty-replica.ts';
import type { Mending } from './link.ts';
import type { Network } from './network.ts';
import type { Person } from './person.ts';
import type { SeededRandom } from './random.ts';

/** What faults are done to. Each kind has randomness of its own. */
export interface Target {
  readonly random: SeededRandom;
  /** Those that have been started at least once. */
  readonly replicas: readonly FaultyReplica[];
  readonly network: Network;
  readonly places: readonly string[];
  readonly people: readonly Person[];
  /** Ends waiting early: the run is over. */
  readonly signal: AbortSignal;
  readonly newcomer: () => Promise<void>;
}

/** Does harm, waits, and undoes it. */
export type Fault = (target: Target) => Promise<void>;

/** How long a fault lasts: milliseconds. Some are long, so that peers count as down and clients give up. */
const SHORT_MS = { low: 1000, high: 5000 };
const LONG_MS = { low: 6000, high: 14_000 };
const LONG_SHARE = 0.2;

/** Lasts a while, or until the run is over. */
async function last({ random, signal }: Target): Promise<void> {
  const { low, high } = random.isTrue(LONG_SHARE) ? LONG_MS : SHORT_MS;
  await delay(random.between(low, high), undefined, { signal }).catch(() => {});
}

async function killOne(target: Target): Promise<void> {
  const replica = target.random.pick(target.replicas);
  await replica.kill();
  await last(target);
  replica.start();
}

/** A server that is started again is killed again while it catches up. */
async function killTwice(target: Target): Promise<void> {
  const replica = target.random.pick(target.replicas);
  await replica.kill();
  replica.start();
  await delay(target.random.between(200, 1500), undefined, { signal: target.signal }).catch(() => {});
  await replica.kill();
  await last(target);
  replica.start();
}

async function killAllButOne(target: Target): Promise<void> {
  const survivor = target.random.pick(target.replicas);
  const others = target.replicas.filter((replica) => replica !== survivor);
  await Promise.all(others.map((replica) => replica.kill()));
  await last(target);
  for (const replica of others) replica.start();
}

async function killAll(target: Target): Promise<void> {
  await Promise.all(target.replicas.map((replica) => replica.kill()));
  for (const replica of target.replicas) replica.start();
  await Promise.all(target.replicas.map((replica) => replica.waitUntilReady(target.signal))).catch((error: unknown) => {
    if (!target.signal.aborted) throw error;
  });
}

async function stopOne(target: Target): Promise<void> {
  const replica = target.random.pick(target.replicas);
  await replica.stop();
  await last(target);
  replica.start();
}

async function freeze(target: Target): Promise<void> {
  const replica = target.random.pick(target.replicas);
  replica.freeze();
  await last(target);
  replica.thaw();
}

async function fillDisk(target: Target): Promise<void> {
  const replica = target.random.pick(target.replicas);
  replica.fillDisk();
  await last(target);
  replica.freeDisk();
}

/** What is done to the servers themselves. */
export const PROCESS_FAULTS = {
  'kill -9': killOne,
  'kill -9 twice': killTwice,
  'kill -9 of all but one': killAllButOne,
  'kill -9 of all': killAll,
  'orderly restart': stopOne,
  'SIGSTOP, SIGCONT': freeze,
  'full disk': fillDisk,
} as const satisfies Record<string, Fault>;

function mending({ random }: Target): Mending {
  return random.pick(['reset', 'release', 'forget']);
}

/** The names on both sides of a cut that sets one or two replicas apart. */
function split({ random, replicas }: Target): [string[], string[]] {
  const names = random.shuffle(replicas.map(({ name }) => name));
  const size = names.length > 3 && random.isTrue(0.5) ? 2 : 1;
  return [names.slice(0, size), names.slice(size)];
}

/** Every replica by itself, or two sides. */
async function partition(target: Target, cut: 'hold' | 'refuse'): Promise<void> {
  const names = target.replicas.map(({ name }) => name);
  const sides = target.random.isTrue(0.3) ? names.map((name) => [name]) : split(target);
  const sideOf = (name: string) => sides.findIndex((side) => side.includes(name));
  const links = names.flatMap((from) => names.filter((to) => sideOf(from) !== sideOf(to)).map((to) => target.network.link(from, to)));
  for (const link of links) {
    if (cut === 'hold') link.hold({ forth: true, back: true });
    else link.refuse();
  }
  await last(target);
  const how = mending(target);
  for (const link of links) link.heal(how);
}

/** Nothing that one side says reaches the other, neither calls nor answers; what the other says does. */
async function oneWay(target: Target): Promise<void> {
  const [silenced, others] = split(target);
  const pairs = silenced.flatMap((from) => others.map((to) => ({ calls: target.network.link(from, to), answers: target.network.link(to, from) })));
  for (const { calls, answers } of pairs) {
    calls.hold({ forth: true, back: false });
    answers.hold({ forth: false, back: true });
  }
  await last(target);
  const how = mending(target);
  for (const { calls, answers } of pairs) for (const link of [calls, answers]) link.heal(how);
}

/** The connections of one replica to one other are half-open: it thinks that it is connected. Those that the other one made are well. */
async function halfOpen(target: Target): Promise<void> {
  const [[from = ''], others] = split(target);
  const link = target.network.link(from, target.random.pick(others));
  link.hold({ forth: true, back: true });
  await last(target);
  link.heal(mending(target));
}

async function slow(target: Target): Promise<void> {
  const [[far = ''], others] = split(target);
  const links = others.flatMap((other) => [target.network.link(far, other), target.network.link(other, far)]);
  for (const link of links) link.delay(target.random.between(30, 600));
  await last(target);
  for (const link of links) link.heal('release');
}

async function resets(target: Target): Promise<void> {
  const { network, places, random, replicas, signal } = target;
  for (let times = 0; times < 8 && !signal.aborted; times += 1) {
    const to = random.pick(replicas).name;
    const from = random.pick([...places, ...replicas.map(({ name }) => name).filter((name) => name !== to)]);
    network.link(from, to).reset();
    await delay(random.between(50, 500), undefined, { signal }).catch(() => {});
  }
}

/** People hear nothing from one server any more, and it hears them or not. */
async function cutPeople(target: Target): Promise<void> {
  const { network, places, random, replicas } = target;
  const server = random.pick(replicas).name;
  const forth = random.isTrue(0.5);
  const links = places.filter(() => random.isTrue(0.7)).map((place) => network.link(place, server));
  for (const link of links) link.hold({ forth, back: true });
  await last(target);
  const how = mending(target);
  for (const link of links) link.heal(how);
}

/** What is done to links. */
export const NETWORK_FAULTS = {
  'partition, black hole': (target: Target) => partition(target, 'hold'),
  'partition, refused': (target: Target) => partition(target, 'refuse'),
  'one-way cut': oneWay,
  'half-open connection': halfOpen,
  'slow links': slow,
  'connections reset': resets,
  'answers to people lost': cutPeople,
} as const satisfies Record<string, Fault>;

/** What people do. */
export const PEOPLE_FAULTS = {
  'page reloaded': ({ random, people }: Target) => interrupt(random.pick(people), (person) => person.reload()),
  'device lost': ({ random, people }: Target) => interrupt(random.pick(people), (person) => person.loseDevice()),
  'newcomer': (target: Target) => target.newcomer(),
} as const satisfies Record<string, Fault>;

async function interrupt(person: Person, how: (person: Person) => Promise<void>): Promise<void> {
  await how(person);
  person.work();
}
