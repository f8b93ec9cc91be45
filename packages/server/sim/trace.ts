import { createHash } from 'node:crypto';

/** What happened, line by line, with the virtual time; kept only where it is asked for. */
export class Trace {
  readonly lines: string[] = [];
  readonly #isKept: boolean;
  readonly #nowMs: () => number;

  constructor(isKept: boolean, nowMs: () => number) {
    this.#isKept = isKept;
    this.#nowMs = nowMs;
  }

  /** `line` is a function so that runs without a trace do not pay for it. */
  say(line: () => string): void {
    if (this.#isKept) this.lines.push(`${this.#nowMs().toFixed(2).padStart(10)} ${line()}`);
  }

  /** The same for the same trace. */
  digest(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16);
  }
}
