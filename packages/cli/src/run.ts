import { checkCount, type Command, type Context, readTyped, type Typed } from './command.ts';
import { findCommand, nearestName } from './commands.ts';
import { type ExitCode, ExitCode as Exit, exitCodeOf, UsageError } from './exit-codes.ts';
import { commandHelp, helpText } from './help.ts';
import { Output } from './output.ts';
import { COMMON_FLAGS, readSettings } from './settings.ts';
import { CLI_VERSION } from './version.ts';

/** The streams and the environment of this process. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs what was typed after `parley`. Resolves to the exit code; says on stderr why, where it is not 0. */
export async function run(typed: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, stderr, env } = surroundings;
  const outputFor = ({ given }: Pick<Typed, 'given'>): Output =>
    new Output({ stdout, stderr, env, json: given.has('json'), plain: given.has('plain'), quiet: given.has('quiet') });
  const output = outputFor({ given: new Map() });
  let command: Command | undefined;
  try {
    const { leading, words } = splitLeadingFlags(typed);
    if (leading.includes('--version')) {
      output.data(CLI_VERSION);
      return Exit.DONE;
    }
    const isHelp = words[0] === 'help' || words.length === 0;
    const found = findCommand(words[0] === 'help' ? words.slice(1) : words);
    if (!found) return help(words.slice(Number(words[0] === 'help')), isHelp && typed.length > 0, output);
    command = found.command;
    const read = readTyped([...leading, ...words.slice(found.words + Number(isHelp))], [...COMMON_FLAGS, ...command.flags]);
    if (isHelp || read.given.has('help')) {
      output.data(commandHelp(command).trimEnd());
      return Exit.DONE;
    }
    checkCount(command, read.args);
    return await command.run(contextOf(read, outputFor(read), surroundings));
  } catch (error) {
    return complain(error, command, output);
  }
}

function contextOf(read: Typed, output: Output, { stdin, stderr, env }: Surroundings): Context {
  return {
    settings: readSettings(read, env, stdin.isTTY && stderr.isTTY),
    output,
    args: read.args,
    flag: (name) => {
      const value = read.given.get(name);
      return typeof value === 'string' ? value : undefined;
    },
    isOn: (name) => read.given.has(name),
  };
}

/** `parley --json accounts` is as good as `parley accounts --json`. */
function splitLeadingFlags(typed: readonly string[]): { readonly leading: readonly string[]; readonly words: readonly string[] } {
  let count = 0;
  while (typed[count]?.startsWith('-')) {
    const name = typed[count]?.replace(/^-+/, '');
    const takesValue = COMMON_FLAGS.some((flag) => flag.name === name && flag.value !== undefined);
    count += takesValue ? 2 : 1;
  }
  return { leading: typed.slice(0, count), words: typed.slice(count) };
}

/** No command was typed, or none that there is. */
function help(words: readonly string[], wanted: boolean, output: Output): ExitCode {
  if (words.length === 0) {
    if (wanted) output.data(helpText().trimEnd());
    else output.complain(`say what to do.\n\n${helpText().trimEnd()}`);
    return wanted ? Exit.DONE : Exit.USAGE;
  }
  const name = words[0] === 'cluster' && words.length > 1 ? words.slice(0, 2).join(' ') : words[0] ?? '';
  const nearest = nearestName(name);
  throw new UsageError(`there is no command ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`} (parley --help lists all)`);
}

function complain(error: unknown, command: Command | undefined, output: Output): ExitCode {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) output.complain(`${message}${command ? ` (parley ${command.name} --help tells more)` : ''}`);
  else output.complain(message);
  return exitCodeOf(error);
}
