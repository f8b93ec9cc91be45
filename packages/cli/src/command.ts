import { parseArgs } from 'node:util';
import { type ExitCode, UsageError } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { Settings } from './settings.ts';

export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** What its value is called in the help; undefined for a switch. */
  readonly value?: string;
  readonly what: string;
}

/** What a command is run with. */
export interface Context {
  readonly settings: Settings;
  readonly output: Output;
  /** What was typed after the command's name, without flags. */
  readonly args: readonly string[];
  /** The value of a flag, where it was given. */
  readonly flag: (name: string) => string | undefined;
  readonly isOn: (name: string) => boolean;
}

/** One command of `parley`: a file in commands/. */
export interface Command {
  /** `send`, `cluster status`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What it takes, as it is typed: `USERNAME TEXT…`; in brackets what may be left out. */
  readonly takes: string;
  /** How many of them at least and at most. */
  readonly count: readonly [least: number, most: number];
  readonly flags: readonly Flag[];
  /** What the summary does not say. */
  readonly details?: string;
  readonly examples: readonly string[];
  /** Resolves to how the program ends. Rejects with UsageError, CommandFailed or a ParleyFailure. */
  run(context: Context): Promise<ExitCode>;
}

export interface Typed {
  readonly args: readonly string[];
  readonly given: ReadonlyMap<string, string | true>;
}

/** Reads what was typed after a command's name. Throws UsageError. */
export function readTyped(args: readonly string[], flags: readonly Flag[]): Typed {
  const options = Object.fromEntries(flags.map(({ name, short, value }) => [name, { type: value === undefined ? 'boolean' as const : 'string' as const, ...(short && { short }) }]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    return { args: positionals, given: new Map(Object.entries(values).flatMap(([name, value]) => (value === undefined || value === false ? [] : [[name, value]]))) };
  } catch (error) {
    const [line = ''] = String(error).replace(/^TypeError[^:]*: /, '').split('\n');
    const unknown = /^Unknown option '([^']+)'/.exec(line)?.[1];
    throw new UsageError(unknown === undefined ? line.replace(/\. To specify.*$/, '') : `there is no flag ${unknown}; write -- before text that begins with a dash`);
  }
}

/** Throws UsageError where there are too few or too many. */
export function checkCount({ count: [least, most], takes }: Command, args: readonly string[]): void {
  if (args.length < least) throw new UsageError(`something is missing; it takes ${takes}`);
  if (args.length > most) throw new UsageError(takes === '' ? `it takes nothing but flags, not ${args[0]}` : `that is too much; it takes ${takes}`);
}
