import { createInterface, type Interface } from 'node:readline';
import { CommandFailed, ExitCode } from '../exit-codes.ts';
import { Lines, type Screen } from './screen.ts';

/** A chat without a terminal: lines in, lines out, nothing asked and no status line. */
export class PipedScreen implements Screen {
  readonly isTerminal = false;
  readonly interrupted = false;
  readonly #stdin: NodeJS.ReadStream;
  readonly #stdout: NodeJS.WriteStream;
  readonly #lines = new Lines();
  readonly #readline: Interface;

  constructor(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream) {
    this.#stdin = stdin;
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

  /** Rejects with CommandFailed where the answer could be seen: stdin is a terminal, but the output is not, or cannot be drawn on. */
  async readAnswer(_label: string, hidden: boolean): Promise<string | undefined> {
    if (hidden && this.#stdin.isTTY) throw new CommandFailed(ExitCode.USAGE, 'What you type could be seen here. Sign in with parley login first, or set PARLEY_PASSWORD.');
    return this.#lines.next();
  }

  close(): void {
    this.#readline.close();
  }
}
