import { createInterface, type Interface } from 'node:readline';
import { MutedOutput } from '../muted-output.ts';
import { Lines, type Screen } from './screen.ts';
import { cutToWidth } from './width.ts';

const CLEAR_DOWN = '\x1b[J';
const INPUT = '> ';
const up = (rows: number): string => (rows > 0 ? `\x1b[${rows}A` : '');

/**
 * A chat in a terminal: what was said scrolls above a status line and an input line. Node's readline edits the input line and keeps the
 * history, so that it behaves as in any shell; the status line is the first line of its prompt.
 */
export class TerminalScreen implements Screen {
  readonly isTerminal = true;
  interrupted = false;
  readonly #terminal: NodeJS.WriteStream;
  readonly #output: MutedOutput;
  readonly #readline: Interface;
  readonly #lines = new Lines();
  /** The question that is open, and how it is written. */
  #asking: { readonly label: string; readonly hidden: boolean; readonly answer: (line: string | undefined) => void } | undefined;
  #status = '';
  /** Below the first row of the prompt, where Enter was pressed. */
  #rowOfEnter = 0;
  #closed = false;
  readonly #resized = (): void => this.#readline.setPrompt(this.#prompt());

  constructor(stdin: NodeJS.ReadStream, terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
    // Before readline draws anew.
    terminal.on('resize', this.#resized);
    this.#output = new MutedOutput(terminal);
    this.#readline = createInterface({ input: stdin, output: this.#output, terminal: true, prompt: INPUT });
    stdin.prependListener('keypress', (_text: unknown, key: { readonly name?: string } | undefined) => this.#pressed(key?.name));
    this.#readline.on('line', (line) => this.#entered(line));
    this.#readline.on('history', (history: string[]) => {
      if (this.#asking) history.shift();
    });
    this.#readline.on('SIGINT', () => {
      this.interrupted = true;
      this.close();
    });
    this.#readline.on('close', () => this.#ended());
    this.#readline.prompt();
  }

  print(text: string): void {
    if (this.#closed) return void this.#terminal.write(`${text}\n`);
    if (this.#asking?.hidden) return void this.#terminal.write(`\r${CLEAR_DOWN}${text}\n${this.#asking.label}`);
    const rows = this.#rows();
    // readline goes up again by as many rows as it had gone down, and draws the prompt and what is typed there.
    this.#terminal.write(`${up(rows)}\r${CLEAR_DOWN}${text}\n${'\n'.repeat(rows)}`);
    this.#readline.prompt(true);
  }

  setStatus(status: string): void {
    if (status === this.#status) return;
    this.#status = status;
    if (this.#closed || this.#asking) return;
    this.#rows();
    this.#readline.setPrompt(this.#prompt());
    this.#readline.prompt(true);
  }

  readLine(): Promise<string | undefined> {
    return this.#lines.next();
  }

  readAnswer(label: string, hidden: boolean): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((answer) => {
      // Half a line that was typed before the question is no part of the answer.
      this.#readline.write(null, { ctrl: true, name: 'e' });
      this.#readline.write(null, { ctrl: true, name: 'u' });
      const rows = this.#rows();
      this.#erase(rows);
      this.#asking = { label, hidden, answer };
      this.#output.muted = hidden;
      if (hidden) this.#terminal.write(label);
      // As in `print`: readline goes up by as many rows as it had gone down.
      else this.#terminal.write('\n'.repeat(rows));
      this.#readline.setPrompt(this.#prompt());
      this.#readline.prompt(true);
    });
  }

  close(): void {
    this.#readline.close();
  }

  #pressed(name: string | undefined): void {
    if (this.#closed || (name !== 'return' && name !== 'enter')) return;
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#rowOfEnter = this.#readline.getCursorPos().rows;
  }

  /** What was typed shows again as what became of it; the status line must not stay behind with every line. */
  #entered(line: string): void {
    const asking = this.#asking;
    if (asking?.hidden) this.#erase(0);
    else this.#erase(this.#rowOfEnter + 1);
    this.#asking = undefined;
    this.#output.muted = false;
    this.#readline.setPrompt(this.#prompt());
    this.#readline.prompt();
    if (asking) asking.answer(line);
    else this.#lines.add(line);
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#asking) this.#terminal.write('\n');
    else this.#erase(this.#readline.getCursorPos().rows);
    this.#asking?.answer(undefined);
    this.#lines.end();
    this.#terminal.off('resize', this.#resized);
    this.#output.end();
  }

  /** How many rows the cursor is below the first row of the prompt. After a paste readline itself does not know that, until it has drawn the line: here unseen. */
  #rows(): number {
    const { muted } = this.#output;
    this.#output.muted = true;
    this.#readline.prompt(true);
    this.#output.muted = muted;
    return this.#readline.getCursorPos().rows;
  }

  #erase(rows: number): void {
    this.#terminal.write(`${up(rows)}\r${CLEAR_DOWN}`);
  }

  #prompt(): string {
    if (this.#asking) return this.#asking.hidden ? '' : this.#asking.label;
    return this.#status === '' ? INPUT : `${cutToWidth(this.#status, this.#terminal.columns - 1)}\n${INPUT}`;
  }
}
