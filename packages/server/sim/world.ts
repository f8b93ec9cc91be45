import type { Chance } from './chance.ts';
import type { Checks } from './checks/checks.ts';
import type { Counters } from './counters.ts';
import type { Machine } from './machine.ts';
import type { Network } from './network.ts';
import type { Person } from './person.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

/** What one run consists of. */
export interface World {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly counters: Counters;
  readonly trace: Trace;
  readonly chance: Chance;
  readonly checks: Checks;
  readonly machines: Machine[];
  /** Everybody with a page. */
  readonly people: Person[];
  /** Those who talk with each other. */
  readonly residents: readonly Person[];
  /** `--wait-for` of all replicas; undefined where they have none. */
  readonly waitFor: number | undefined;
  /** What the operator gives a further machine as the cluster's secrets, one a line. */
  secretText: string;
  /** A further machine, which joins the others when it starts. */
  readonly addMachine: () => Machine;
  readonly machineAt: (addressOrUrl: string) => Machine | undefined;
  /** A promise was broken; the run ends after the present event. */
  readonly fail: (violation: string) => void;
}
