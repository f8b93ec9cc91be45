/** Clocks that are further apart are an alarm: people see wrong times, and the order of messages goes by the clock that is ahead. */
const ALARM_MS = 5000;
/** An alarm ends below this, so that clocks that are about 5 s apart do not begin and end it with each heartbeat. */
const ALARM_ENDS_MS = 4000;
/** Of so many samples the one with the shortest round trip counts, as in NTP's clock filter (RFC 5905, section 10): a delay is the error. */
const SAMPLES = 8;

interface Sample {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

/** How far a peer's wall clock is from this machine's, as the answers to this replica's own calls tell. */
export class PeerClock {
  #samples: readonly Sample[] = [];
  #isAlarming = false;

  /** Its clock minus this machine's: milliseconds, right to within half a round trip; undefined before the first answer. */
  get offsetMs(): number | undefined {
    return this.#best?.offsetMs;
  }

  /** The clocks are too far apart. */
  get isAlarming(): boolean {
    return this.#isAlarming;
  }

  /**
   * Takes the clock that an answer told, by when it came and how long it took; 0 from a peer that tells none. Tells when that begins an
   * alarm, or ends one.
   */
  take(theirWallMs: number, ourWallMs: number, roundTripMs: number): 'begins' | 'ends' | undefined {
    if (theirWallMs === 0) return undefined;
    this.#samples = [...this.#samples, { offsetMs: theirWallMs - (ourWallMs - roundTripMs / 2), roundTripMs }].slice(-SAMPLES);
    const best = this.#best;
    if (!best) return undefined;
    // Only what no delay can explain.
    const atLeastMs = Math.abs(best.offsetMs) - best.roundTripMs / 2;
    const was = this.#isAlarming;
    this.#isAlarming = atLeastMs > (was ? ALARM_ENDS_MS : ALARM_MS);
    if (this.#isAlarming === was) return undefined;
    return this.#isAlarming ? 'begins' : 'ends';
  }

  get #best(): Sample | undefined {
    return this.#samples.reduce<Sample | undefined>((best, sample) => (best && best.roundTripMs < sample.roundTripMs ? best : sample), undefined);
  }
}
