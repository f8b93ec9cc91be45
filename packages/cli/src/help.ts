import type { Command, Flag } from './command.ts';
import { commands } from './commands.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { COMMON_FLAGS } from './settings.ts';

const WIDTH = 96;

/** What `parley --help` prints. */
export function helpText(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'parley: the terminal client of a Parley chat cluster.', '',
    'Usage: parley COMMAND [flags]', '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '', 'parley COMMAND --help tells more. Flags that all of them have:',
    ...flagLines(COMMON_FLAGS),
    '', 'Passwords are asked for, or taken from a file, standard input or the environment; never from an argument.',
    '', 'Exit codes:',
    ...EXIT_CODES.map(([code, what]) => `  ${String(code).padStart(3)}  ${what}`),
    '', 'Examples:',
    '  parley chat --servers localhost:50051,localhost:50052',
    '  parley send alice "the backup is done"',
    '  parley read --follow --json',
    '',
  ].join('\n');
}

/** What `parley COMMAND --help` prints. */
export function commandHelp({ name, summary, takes, flags, details, examples }: Command): string {
  return [
    `parley ${name}: ${summary}.`, '',
    `Usage: parley ${[name, takes, '[flags]'].filter((part) => part !== '').join(' ')}`,
    ...(details === undefined ? [] : ['', ...wrap(details)]),
    ...(flags.length === 0 ? [] : ['', 'Flags:', ...flagLines(flags)]),
    '', 'Flags that all commands have:', ...flagLines(COMMON_FLAGS),
    '', examples.length === 1 ? 'Example:' : 'Examples:', ...examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

function flagLines(flags: readonly Flag[]): string[] {
  return flags.map(({ name, short, value, what }) => `  ${`${short === undefined ? '    ' : `-${short}, `}--${name} ${value ?? ''}`.padEnd(30)} ${what}`);
}

function wrap(text: string): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
