import { Chance } from './chance.ts';
import { Checks } from './checks/checks.ts';
import { LOOK_AT_QUEUES_EVERY_MS, Queues } from './checks/queues.ts';
import { checkEnd, whatIsMissing } from './checks/end.ts';
import { CLIENT_DEEDS } from './client-deeds.ts';
import { Counters } from './counters.ts';
import { FAULTS, healAll, lookAfter } from './faults.ts';
import { Machine } from './machine.ts';
import { FIRST_SECRET, OPERATOR_DEEDS } from './operator-deeds.ts';
import { Network } from './network.ts';
import { Person } from './person.ts';
import { END_MS, type Plan } from './plan.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';
import type { World } from './world.ts';

const REPLICAS = 3;
const RESIDENTS = ['alice', 'bob', 'carol'];
/** After everything works again, all has to be level within this: the longest wait of a peer that relapsed, and then some. */
const HEAL_WITHIN_MS = 90_000;
/** How often it is looked whether all is level. */
const LOOK_EVERY_MS = 500;
/** So long it has to stay so. */
const REST_MS = 1000;
/** In a calm run everything is up after this. */
const SETTLED_MS = 6000;

export interface Outcome {
  readonly seed: number;
  /** Undefined: every promise was kept. */
  readonly violation: string | undefined;
  readonly counts: ReadonlyMap<string, number>;
  readonly trace: readonly string[];
  readonly digest: string;
  readonly events: number;
  readonly virtualMs: number;
}

/** Runs one plan from start to end. The same plan gives the same outcome, to the last event. */
export async function simulate(plan: Plan, keepsTrace = false): Promise<Outcome> {
  const run = new Run(plan, keepsTrace);
  await run.play();
  const { counters, trace, timeline } = run;
  return { seed: plan.seed, violation: run.violation, counts: counters.counts, trace: trace.lines, digest: trace.digest(), events: timeline.events, virtualMs: timeline.nowMs };
}

class Run implements World {
  violation: string | undefined;
  readonly timeline = new Timeline();
  readonly counters = new Counters();
  readonly chance: Chance;
  readonly trace: Trace;
  readonly network: Network;
  readonly checks: Checks;
  readonly #queues = new Queues(this.counters);
  readonly machines: Machine[] = [];
  readonly people: Person[] = [];
  readonly residents: readonly Person[];
  secretText = FIRST_SECRET;
  readonly waitFor: number | undefined;
  readonly #plan: Plan;
  /** The machine at each address and URL. */
  readonly #at = new Map<string, Machine>();

  constructor(plan: Plan, keepsTrace: boolean) {
    this.#plan = plan;
    this.waitFor = plan.waitFor;
    this.chance = new Chance(String(plan.seed));
    this.trace = new Trace(keepsTrace, () => this.timeline.nowMs);
    this.network = new Network(this.timeline, this.chance.split('network'), this.counters);
    this.checks = new Checks({
      counters: this.counters,
      chance: this.chance.split('checks'),
      fail: (violation) => this.fail(violation),
      nowMs: () => this.timeline.nowMs,
      waitFor: plan.waitFor,
      shownTo: (accountId) => this.people.find((person) => person.accountId === accountId)?.viewer.ever ?? new Set(),
    });
    for (let i = 0; i < REPLICAS; i++) this.addMachine();
    this.residents = RESIDENTS.map((name) => new Person(this, name, name));
    this.people.push(...this.residents);
  }

  addMachine(): Machine {
    const { length } = this.machines;
    const seeds = Array.from({ length: Math.max(REPLICAS, length) }, (_, i) => `m${i + 1}:1`);
    const machine = new Machine(this, `m${length + 1}`, seeds);
    this.machines.push(machine);
    this.#at.set(machine.address, machine);
    this.#at.set(machine.url, machine);
    return machine;
  }

  machineAt(addressOrUrl: string): Machine | undefined {
    return this.#at.get(addressOrUrl);
  }

  fail(violation: string): void {
    this.trace.say(() => `VIOLATION ${violation}`);
    this.violation ??= violation;
  }

  async play(): Promise<void> {
    this.counters.count(`style: ${this.#plan.style}`);
    this.#begin();
    await this.#until(END_MS);
    if (this.violation === undefined) await this.#heal();
    this.#finish();
  }

  #begin(): void {
    const { chance, timeline, machines, residents, checks } = this;
    const start = chance.split('start');
    for (const machine of machines) {
      if (start.hits(0.4)) machine.clock.shiftMs = start.between(-8000, 8000);
      timeline.after(start.between(0, 50), () => machine.start());
    }
    for (const person of residents) {
      if (start.hits(0.3)) person.clock.shiftMs = start.between(-30_000, 30_000);
      timeline.after(start.between(300, 900), () => person.start());
    }
    if (this.#plan.style === 'calm') checks.expectedCopies = () => (timeline.nowMs > SETTLED_MS ? machines.length : 1);
    this.#lookAtQueues();
    for (const { atMs, deed, stream } of this.#plan.actions) timeline.after(atMs, () => this.#do(deed, new Chance(stream)));
  }

  #do(deed: Plan['actions'][number]['deed'], chance: Chance): void {
    this.trace.say(() => `--- ${deed}`);
    this.counters.count(`deed: ${deed}`);
    (CLIENT_DEEDS[deed] ?? OPERATOR_DEEDS[deed] ?? FAULTS[deed])?.(this, chance);
  }

  #until(endMs: number, isDone: () => boolean = () => false): Promise<void> {
    return this.timeline.run(endMs, () => this.#look(), () => this.violation !== undefined || isDone());
  }

  #look(): void {
    for (const { viewer } of this.people) {
      const violation = viewer.look();
      if (violation !== undefined) this.fail(violation);
    }
  }

  #lookAtQueues(): void {
    for (const machine of this.machines) {
      const violation = this.#queues.check(machine, this.timeline.nowMs);
      if (violation !== undefined) this.fail(violation);
    }
    this.timeline.after(LOOK_AT_QUEUES_EVERY_MS, () => this.#lookAtQueues());
  }

  async #heal(): Promise<void> {
    this.trace.say(() => 'everything works again');
    healAll(this);
    const { timeline } = this;
    const end = timeline.nowMs + HEAL_WITHIN_MS;
    for (let levelSince = Number.POSITIVE_INFINITY; timeline.nowMs < end; ) {
      for (const person of this.people) person.signInAgain();
      await this.#until(timeline.nowMs + LOOK_EVERY_MS);
      if (this.violation !== undefined) return;
      lookAfter(this);
      levelSince = whatIsMissing(this) === undefined ? Math.min(levelSince, timeline.nowMs) : Number.POSITIVE_INFINITY;
      if (timeline.nowMs - levelSince >= REST_MS) return this.#checkEnd();
    }
    this.fail(`not level after ${HEAL_WITHIN_MS} ms: ${whatIsMissing(this)}`);
  }

  #checkEnd(): void {
    const violation = checkEnd(this);
    if (violation !== undefined) this.fail(violation);
  }

  #finish(): void {
    for (const machine of this.machines) {
      machine.running?.time.end();
      machine.disk.close();
    }
  }
}
