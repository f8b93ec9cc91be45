/** Where a chat is typed and shown: a terminal, or pipes. */
export interface Screen {
  /** Somebody sits in front of it. */
  readonly isTerminal: boolean;
  /** Ctrl-C was pressed: `readLine` resolves to undefined from then on. */
  readonly interrupted: boolean;
  /** Shows `text`, one or more lines, above the input line. */
  print(text: string): void;
  /** Shows one line of how things are, in place of the one before. */
  setStatus(status: string): void;
  /** The next line that is typed; undefined when there are no more. */
  readLine(): Promise<string | undefined>;
  /** Asks for a line; `hidden`: it does not appear, nor in the history. Undefined when there are no more. */
  readAnswer(label: string, hidden: boolean): Promise<string | undefined>;
  close(): void;
}

/** Lines that came and that nobody has read yet, and whoever waits for one. */
export class Lines {
  readonly #lines: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined;
  #ended = false;

  add(line: string): void {
    if (this.#waiting) this.#answer(line);
    else this.#lines.push(line);
  }

  /** No more come. */
  end(): void {
    this.#ended = true;
    this.#answer(undefined);
  }

  next(): Promise<string | undefined> {
    if (this.#lines.length > 0 || this.#ended) return Promise.resolve(this.#lines.shift());
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #answer(line: string | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(line);
  }
}
