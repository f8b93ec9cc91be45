import { readFileSync } from 'node:fs';
import { ask } from './ask.ts';
import type { Context, Flag } from './command.ts';
import { CommandFailed, ExitCode, UsageError } from './exit-codes.ts';

/** Which password is wanted: its words, and where it may come from. Never from an argument, which every user of the machine can read. */
interface Wanted {
  readonly label: string;
  readonly flag: string;
  readonly variable: string;
}

const PASSWORD: Wanted = { label: 'Password', flag: 'password-file', variable: 'PARLEY_PASSWORD' };
const NEW_PASSWORD: Wanted = { label: 'New password', flag: 'new-password-file', variable: 'PARLEY_NEW_PASSWORD' };

export const PASSWORD_FLAG: Flag = { name: PASSWORD.flag, value: 'FILE', what: `the password is the first line of FILE, - for standard input (else ${PASSWORD.variable}, else you are asked)` };
export const NEW_PASSWORD_FLAG: Flag = { name: NEW_PASSWORD.flag, value: 'FILE', what: `the same for the new password (else ${NEW_PASSWORD.variable}, else you are asked)` };

/** The account's password. Throws UsageError where nobody can be asked. */
export function readPassword(context: Context): Promise<string> {
  return read(context, PASSWORD, false);
}

/** A password that is about to be set: whoever is asked for it is asked twice. */
export function readNewPassword(context: Context, what: 'first' | 'next' = 'next'): Promise<string> {
  return read(context, what === 'first' ? PASSWORD : NEW_PASSWORD, true);
}

async function read(context: Context, wanted: Wanted, twice: boolean): Promise<string> {
  const { env, mayAsk } = context.settings;
  const file = context.flag(wanted.flag);
  if (file !== undefined) return firstLine(file);
  const set = env[wanted.variable];
  if (set) return set;
  if (!mayAsk) throw new UsageError(`there is no terminal to ask for the ${wanted.label.toLowerCase()} on; use --${wanted.flag} FILE or ${wanted.variable}`);
  const typed = await ask(`${wanted.label}: `, true);
  if (twice && typed !== await ask(`${wanted.label} again: `, true)) throw new CommandFailed(ExitCode.USAGE, 'The two are not the same. Try again.');
  return typed;
}

/** Files end with a line break that is not part of the password. */
function firstLine(file: string): string {
  try {
    const [line = ''] = readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/);
    return line;
  } catch (error) {
    throw new UsageError(`the password cannot be read from ${file} (${error instanceof Error ? error.message : String(error)})`);
  }
}
