import { Chance } from './chance.ts';

/** What can happen in a run; what exactly is drawn when it does, from the action's own stream. */
export type Deed =
  | 'send' | 'edit' | 'edit at once' | 'edit late' | 'answer' | 'read' | 'delete' | 'hide' | 'unhide' | 'password' | 'list' | 'reload page'
  | 'crash' | 'crash all' | 'shut down' | 'cut' | 'cut one way' | 'isolate' | 'part client' | 'bad weather' | 'slow disk' | 'slow peer' | 'full disk'
  | 'jump clock' | 'back up' | 'restore' | 'copy database' | 'put back' | 'burn' | 'lose deletion' | 'join' | 'remove' | 'replace secret' | 'claim';

interface Action {
  readonly atMs: number;
  readonly deed: Deed;
  /** The name of the action's stream of chance: dropping other actions does not change what this one does. */
  readonly stream: string;
}

/** How a run goes, drawn from its seed. */
export interface Plan {
  readonly seed: number;
  readonly style: Style;
  /** `--wait-for` of all replicas; undefined: none, as by default. */
  readonly waitFor: number | undefined;
  readonly actions: readonly Action[];
}

/** 'calm': nothing fails. 'rough': everything but the loss of disks. 'lossy': disks burn and are restored too. 'forked': machines are put back while they run, and disks restored. */
const STYLES = ['calm', 'rough', 'lossy', 'forked'] as const;
export type Style = (typeof STYLES)[number];

/** Replicas and people find each other first. */
const BEGIN_MS = 1800;
export const END_MS = 12_000;
const MIN_ACTIONS = 16;
const MAX_ACTIONS = 64;

type Weights = readonly (readonly [Deed, number])[];

const CLIENTS: Weights = [['send', 18], ['edit', 3], ['edit at once', 3], ['answer', 16], ['read', 10], ['delete', 7], ['hide', 2], ['unhide', 1], ['password', 1], ['list', 1], ['reload page', 1], ['claim', 1.5], ['replace secret', 0.3]];
const FAULTS: Weights = [
  ['crash', 5], ['crash all', 0.5], ['shut down', 1.5], ['cut', 3], ['cut one way', 3], ['isolate', 2], ['part client', 3], ['bad weather', 2], ['slow disk', 2], ['slow peer', 1.5], ['full disk', 1.5],
  ['jump clock', 1.5], ['edit late', 1.5], ['join', 0.7], ['remove', 1],
];
const LOSSES: Weights = [['back up', 3], ['restore', 2], ['burn', 1.2], ['lose deletion', 2.5]];
const FORKS: Weights = [['put back', 5], ['back up', 1.5], ['restore', 1], ['copy database', 1]];

/** Draws the plan of a run: its actions, in order. */
export function drawPlan(seed: number): Plan {
  const chance = new Chance(`${seed}/plan`);
  const style = drawStyle(chance);
  const weights = [...CLIENTS, ...(style === 'calm' ? [] : FAULTS), ...(style === 'lossy' ? LOSSES : []), ...(style === 'forked' ? FORKS : [])];
  const count = MIN_ACTIONS + chance.below(MAX_ACTIONS - MIN_ACTIONS);
  const times = Array.from({ length: count }, () => chance.between(BEGIN_MS, END_MS)).sort((a, b) => a - b);
  const waitFor = chance.hits(0.2) ? 1 + chance.below(2) : undefined;
  return { seed, style, waitFor, actions: times.map((atMs, index) => ({ atMs, deed: weighted(weights, chance), stream: `${seed}/action ${index}` })) };
}

/** So many seeds from `first` on, all or those whose plans are of that style. Throws where there is no such style. */
export function seedsFrom(first: number, count: number, style?: string): number[] {
  if (style !== undefined && !STYLES.some((known) => known === style)) throw new Error(`there is no style ${style}: ${STYLES.join(', ')}`);
  const seeds: number[] = [];
  for (let seed = first; seeds.length < count; seed++) if (style === undefined || drawPlan(seed).style === style) seeds.push(seed);
  return seeds;
}

function drawStyle(chance: Chance): Style {
  const draw = chance.fraction();
  if (draw < 0.1) return 'calm';
  if (draw < 0.6) return 'rough';
  return draw < 0.85 ? 'lossy' : 'forked';
}

function weighted(weights: Weights, chance: Chance): Deed {
  let left = chance.fraction() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [deed, weight] of weights) if ((left -= weight) < 0) return deed;
  return 'send';
}
