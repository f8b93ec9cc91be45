import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

export interface OutputOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One JSON value a line on stdout, and nothing else there. */
  readonly json: boolean;
  /** No colours and no aligned columns: fields are parted by one tab. */
  readonly plain: boolean;
  /** Nothing on stderr but failures. */
  readonly quiet: boolean;
}

/** Data goes to stdout, talk to stderr, so that a script that takes the one is not troubled by the other. */
export class Output {
  readonly json: boolean;
  readonly plain: boolean;
  readonly #options: OutputOptions;
  readonly #colours: boolean;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.json = options.json;
    this.plain = options.plain;
    this.#colours = !options.plain && !options.json && hasColours(options.stdout, options.env);
  }

  /** What was asked for. */
  data(line: string): void {
    this.#options.stdout.write(`${line}\n`);
  }

  /** A part of a document that was asked for. */
  piece(text: string): void {
    this.#options.stdout.write(text);
  }

  /** What was asked for, with `--json`. */
  jsonData(value: unknown): void {
    this.data(JSON.stringify(value));
  }

  /** What is good to know. */
  say(line: string): void {
    if (!this.#options.quiet) this.#options.stderr.write(`${line}\n`);
  }

  /** Why it failed. */
  complain(line: string): void {
    this.#options.stderr.write(`parley: ${line}\n`);
  }

  /** Text in colour, where stdout is a terminal that wants some. */
  paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text) : text;
  }

  /** Rows under headings, in columns as wide as they need; with `plain` tabs and no headings. */
  table(headings: readonly string[], rows: readonly (readonly string[])[]): void {
    if (this.plain) {
      for (const row of rows) this.data(row.join('\t'));
      return;
    }
    const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
    const line = (cells: readonly string[]): string => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd();
    this.data(this.paint('bold', line(headings)));
    for (const row of rows) this.data(line(row));
  }
}

/** https://no-color.org: NO_COLOR counts when it is not empty. */
function hasColours(stream: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): boolean {
  return stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
