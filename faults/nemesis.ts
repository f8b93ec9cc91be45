import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, NETWORK_FAULTS, PEOPLE_FAULTS, PROCESS_FAULTS, type Target } from './faults.ts';
import type { History } from './history.ts';
import { SeededRandom } from './random.ts';

/** Between two faults of a kind: milliseconds. */
const PAUSE_MS = { low: 300, high: 2500 };

export interface NemesisOptions {
  readonly seed: number;
  readonly history: History;
  readonly target: Omit<Target, 'random'>;
  /** Names of faults that cannot be done here. */
  readonly without: ReadonlySet<string>;
  /** A fault could not be done, or undone. */
  readonly onProblem: (what: string) => void;
}

/** Does faults of each kind, one after the other, in a seeded order in which none is left out for long; kinds run beside each other. */
export class Nemesis {
  /** How often each was done. */
  readonly counts = new Map<string, number>();
  readonly #options: NemesisOptions;
  #processesHeld: Promise<void> = Promise.resolve();
  #lanes: Promise<unknown> = Promise.resolve();

  constructor(options: NemesisOptions) {
    this.#options = options;
    for (const name of [PROCESS_FAULTS, NETWORK_FAULTS, PEOPLE_FAULTS].flatMap(Object.keys)) this.counts.set(name, 0);
  }

  start(): void {
    this.#lanes = Promise.all([this.#keepDoing('processes', PROCESS_FAULTS), this.#keepDoing('network', NETWORK_FAULTS), this.#keepDoing('people', PEOPLE_FAULTS)]);
  }

  /** Does this one once no other is done to processes, and keeps those off meanwhile. */
  async once(name: string, fault: () => Promise<void>): Promise<void> {
    const before = this.#processesHeld;
    const done = before.then(() => this.#do(name, fault));
    this.#processesHeld = done;
    await done;
  }

  /** Resolves once all that was begun is undone; the target's signal has been aborted before. */
  ended(): Promise<unknown> {
    return Promise.all([this.#lanes, this.#processesHeld]);
  }

  async #keepDoing(kind: 'processes' | 'network' | 'people', faults: Readonly<Record<string, Fault>>): Promise<void> {
    const { seed, target, without } = this.#options;
    const { signal } = target;
    const names = Object.keys(faults).filter((name) => !without.has(name));
    const random = new SeededRandom(seed, kind);
    for (let deck: string[] = []; !signal.aborted;) {
      await delay(random.between(PAUSE_MS.low, PAUSE_MS.high), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      if (deck.length === 0) deck = random.shuffle(names);
      const name = deck.pop() ?? '';
      const fault = () => faults[name]?.({ ...target, random: new SeededRandom(seed, `${name} ${this.counts.get(name)}`) }) ?? Promise.resolve();
      await (kind === 'processes' ? this.once(name, fault) : this.#do(name, fault));
    }
  }

  async #do(name: string, fault: () => Promise<void>): Promise<void> {
    const { history, onProblem, target } = this.#options;
    if (target.signal.aborted) return;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    history.add({ type: 'fault', what: name, phase: 'begins' });
    try {
      await fault();
    } catch (error) {
      onProblem(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    history.add({ type: 'fault', what: name, phase: 'is over' });
  }
}
