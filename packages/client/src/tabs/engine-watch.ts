import { type Clock, elapsed } from '../clock.ts';

const PING_EVERY_MS = 1_000;

/** An engine answers a ping within milliseconds; one that is silent for so long was killed with its worker or its tab. Where it was only busy, asking for it again does no harm. */
const SILENCE_MS = 3_000;

/** Pings an engine, and notices when it does not answer. One ping at a time, so that a tab whose own timers were held up does not blame the engine. */
export class EngineWatch {
  readonly #clock: Clock;
  readonly #silent: () => void;
  #ping: () => void = () => undefined;
  #hasAnswered = false;
  #timer: unknown;

  /** `silent`: called after 3 s without an answer, and every 3 s from then on. */
  constructor(clock: Clock, silent: () => void) {
    this.#clock = clock;
    this.#silent = silent;
  }

  /** Watches whoever answers `ping`. */
  start(ping: () => void): void {
    this.#ping = ping;
    this.#next();
  }

  /** The engine has said something. */
  heard(): void {
    this.#hasAnswered = true;
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #next(): void {
    this.stop();
    this.#hasAnswered = false;
    this.#ping();
    const pingedAt = elapsed(this.#clock);
    const look = (): void => {
      if (this.#hasAnswered) return this.#next();
      if (elapsed(this.#clock) - pingedAt >= SILENCE_MS) {
        this.#next();
        return this.#silent();
      }
      this.#timer = this.#clock.setTimeout(look, PING_EVERY_MS);
      return undefined;
    };
    this.#timer = this.#clock.setTimeout(look, PING_EVERY_MS);
  }
}
