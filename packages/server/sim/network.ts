import type { Chance } from './chance.ts';
import type { Counters } from './counters.ts';
import type { Timeline } from './timeline.ts';

/** One way over a good link. */
const MIN_DELAY_MS = 0.5;
const MAX_DELAY_MS = 20;
/** A message that was held up somewhere: it may come after the end of the process that sent it. */
const LATE_MS = 8000;
/** HTTP/2's keepalive finds a dead connection within two periods of 2 s. */
const KEEPALIVE_MS = 4000;

/** How bad the network is. */
export interface Weather {
  loss: number;
  duplication: number;
  /** The probability that a message is held up for seconds. */
  lateness: number;
}

const FAIR: Weather = { loss: 0, duplication: 0, lateness: 0 };

/** Carries messages between named machines, each by itself: so they overtake each other. */
export class Network {
  weather: Weather = { ...FAIR };
  /** Added to each message from or to that machine. */
  readonly slowMs = new Map<string, number>();
  /** Those that a router tells at once where their way is cut. */
  readonly toldAtOnce = new Set<string>();
  readonly #timeline: Timeline;
  readonly #chance: Chance;
  readonly #counters: Counters;
  /** `from>to`. */
  readonly #cuts = new Set<string>();
  /** Added to each message that goes `from>to`. */
  readonly #heldUpMs = new Map<string, number>();

  constructor(timeline: Timeline, chance: Chance, counters: Counters) {
    this.#timeline = timeline;
    this.#chance = chance;
    this.#counters = counters;
  }

  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  mend(from: string, to: string): void {
    this.#cuts.delete(`${from}>${to}`);
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  /** Messages from the one to the other take so much longer from now on; 0: no longer. */
  holdUp(from: string, to: string, ms: number): void {
    this.#heldUpMs.set(`${from}>${to}`, ms);
  }

  /** Everything is well again. */
  heal(): void {
    this.#cuts.clear();
    this.#heldUpMs.clear();
    this.slowMs.clear();
    this.toldAtOnce.clear();
    this.weather = { ...FAIR };
  }

  /** How long a message takes that is sent now. */
  delayMs(from: string, to: string): number {
    const late = this.#chance.hits(this.weather.lateness);
    if (late) this.#counters.count('network: message held up');
    const slow = (this.slowMs.get(from) ?? 0) + (this.slowMs.get(to) ?? 0) + (this.#heldUpMs.size === 0 ? 0 : (this.#heldUpMs.get(`${from}>${to}`) ?? 0));
    return this.#chance.between(MIN_DELAY_MS, MAX_DELAY_MS) + slow + (late ? this.#chance.between(0, LATE_MS) : 0);
  }

  /** Is a message that travels now lost? */
  isLost(from: string, to: string): boolean {
    if (this.isCut(from, to)) {
      this.#counters.count('network: message into a cut');
      return true;
    }
    const isLost = this.#chance.hits(this.weather.loss);
    if (isLost) this.#counters.count('network: message lost');
    return isLost;
  }

  /** Is a request that travels now carried twice? */
  isDoubled(): boolean {
    const isDoubled = this.#chance.hits(this.weather.duplication);
    if (isDoubled) this.#counters.count('network: message doubled');
    return isDoubled;
  }

  /** How long until that caller finds that its connection is dead. */
  untilFoundMs(caller: string): number {
    return this.#chance.between(0, this.toldAtOnce.has(caller) ? MAX_DELAY_MS : KEEPALIVE_MS);
  }

  /** Is a machine that went down turned off, so that nobody answers for it, not even with a refusal? */
  isSilent(): boolean {
    return this.#chance.hits(0.3);
  }

  /** Carries one message; `lost` is called at once where it will not arrive. */
  carry(from: string, to: string, arrived: () => void, lost: () => void = () => {}): void {
    if (this.isLost(from, to)) lost();
    else this.#timeline.after(this.delayMs(from, to), () => (this.isCut(from, to) ? lost() : arrived()));
  }
}
