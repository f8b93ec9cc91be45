import { createInterface, type Interface } from 'node:readline';
import { Lines, type Screen } from './screen.ts';

/** A chat without a terminal: lines in, lines out, nothing asked and no status line. */
export class PipedScreen implements Screen {
  readonly isTerminal = false;
  readonly interrupted = false;
  readonly #stdout: NodeJS.WriteStream;
  readonly #lines = new Lines();
  readonly #readline: Interface;

  constructor(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream) {
    this.#stdout = stdout;
    this.#readline = createInterface({ input: stdin, terminal: false });
    this.#readline.on('line', (line) => this.#lines.add(line));
    this.#readline.on('close', () => this.#lines.end());
  }

  print(text: string): void {
    this.#stdout.write(`${text}\n`);
  }

  setStatus(): void {
    // Nobody looks at a line that others follow.
  }

  readLine(): Promise<string | undefined> {
    return this.#lines.next();
  }

  readAnswer(): Promise<string | undefined> {
    return this.#lines.next();
  }

  close(): void {
    this.#readline.close();
  }
}
