import type { Chance } from './chance.ts';
import { loseDeletion } from './lost-deletion.ts';
import type { Machine } from './machine.ts';
import { cutFor, cutOff, lasting } from './cuts.ts';
import type { Deed } from './plan.ts';
import { putBack } from './put-back.ts';
import type { World } from './world.ts';

type Act = (world: World, chance: Chance) => void;

/** Backups that are kept. */
const MAX_BACKUPS = 4;

/** What goes wrong, and for how long. */
export const FAULTS: Partial<Record<Deed, Act>> = {
  crash: (world, chance) => down(world, chance, chance.pick(running(world))),
  'crash all': (world, chance) => {
    for (const machine of running(world)) down(world, chance, machine);
  },
  'shut down': (world, chance) => {
    const machine = chance.pick(running(world));
    machine?.shutDown();
    world.timeline.after(chance.between(500, 4000), () => machine?.start());
  },
  cut: (world, chance) => cutFor(world, chance, pairOf(world, chance), true),
  'cut one way': (world, chance) => cutFor(world, chance, pairOf(world, chance), false),
  isolate: (world, chance) => {
    const one = chance.pick(world.machines);
    if (one) cutOff(world, chance, one);
  },
  'part client': (world, chance) => {
    const person = chance.pick(world.residents);
    const machine = chance.pick(world.machines);
    if (person && machine) cutFor(world, chance, [person.name, machine.name], chance.hits(0.5));
  },
  'bad weather': (world, chance) => {
    const { network, timeline } = world;
    network.weather = { loss: chance.pick([0, 0.02, 0.1]) ?? 0, duplication: chance.pick([0, 0.1, 0.3]) ?? 0, lateness: chance.pick([0, 0.02, 0.1]) ?? 0 };
    timeline.after(lasting(chance), () => {
      network.weather = { loss: 0, duplication: 0, lateness: 0 };
    });
  },
  'slow disk': (world, chance) => {
    const machine = chance.pick(world.machines);
    if (!machine) return;
    machine.slowDiskMs = chance.between(20, 3000);
    world.timeline.after(lasting(chance), () => {
      machine.slowDiskMs = 0;
    });
  },
  'slow peer': (world, chance) => {
    const machine = chance.pick(world.machines);
    if (!machine) return;
    world.network.slowMs.set(machine.name, chance.between(50, 1000));
    world.timeline.after(lasting(chance), () => world.network.slowMs.delete(machine.name));
  },
  'full disk': (world, chance) => {
    const machine = chance.pick(world.machines);
    machine?.disk.setFull(true);
    world.timeline.after(lasting(chance), () => machine?.disk.setFull(false));
  },
  'jump clock': (world, chance) => {
    const machine = chance.pick(world.machines);
    if (machine) machine.clock.shiftMs += chance.between(-60_000, 60_000) * (chance.hits(0.2) ? 60 : 1);
  },
  'back up': (world, chance) => {
    const machine = chance.pick(world.machines);
    if (!machine) return;
    machine.backups.push(machine.disk.survives());
    if (machine.backups.length > MAX_BACKUPS) machine.backups.shift();
  },
  restore: (world, chance) => {
    const machine = chance.pick(world.machines.filter(({ backups }) => backups.length > 0));
    if (machine) replaceDisk(world, chance, machine, chance.pick(machine.backups));
  },
  'copy database': (world, chance) => {
    const source = chance.pick(world.machines.filter(({ replicaId }) => replicaId !== undefined));
    const machine = chance.pick(world.machines.filter((one) => one !== source));
    if (!source || !machine) return;
    world.counters.count('database copied to another machine');
    replaceDisk(world, chance, machine, source.disk.survives());
  },
  'put back': putBack,
  burn: (world, chance) => {
    // The last disk that people are served from stays: a cluster without any is no cluster.
    const machine = chance.pick(world.machines.filter((one) => world.machines.some((other) => other !== one && other.isServing)));
    if (machine) replaceDisk(world, chance, machine, undefined);
  },
  'lose deletion': (world, chance) => loseDeletion(world, chance, (machine) => replaceDisk(world, chance, machine, undefined)),
};

/** Everything works again. Of the replicas that were removed some are made members again. */
export function healAll(world: World): void {
  const chance = world.chance.split('heal');
  world.network.heal();
  for (const machine of world.machines) {
    machine.slowDiskMs = 0;
    machine.disk.setFull(false);
    machine.start();
    if (machine.isRemoved && chance.hits(0.5)) machine.restart();
  }
}

/** What an operator does with a healed cluster: starts what gave up, and one of its replicas where all were removed. */
export function lookAfter({ machines }: World): void {
  for (const machine of machines) machine.start();
  if (machines.every(({ isRemoved }) => isRemoved)) machines[0]?.restart();
}

function running(world: World): Machine[] {
  return world.machines.filter((machine) => machine.running);
}

function down(world: World, chance: Chance, machine: Machine | undefined): void {
  if (!machine) return;
  machine.crash();
  world.timeline.after(chance.hits(0.5) ? chance.between(10, 1500) : chance.between(1500, 9000), () => machine.start());
}

/** The machine's disk is another one, empty without an image; its process starts again after a while. */
function replaceDisk(world: World, chance: Chance, machine: Machine, image: Buffer | undefined): void {
  machine.crash();
  machine.replaceDisk(image);
  world.timeline.after(chance.between(100, 5000), () => machine.start());
}

function pairOf(world: World, chance: Chance): readonly [string, string] {
  const one = chance.pick(world.machines);
  const other = chance.pick(world.machines.filter((machine) => machine !== one));
  return [one?.name ?? '', other?.name ?? ''];
}
