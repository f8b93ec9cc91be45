import { ask } from './ask.ts';
import type { Context } from './command.ts';
import { UsageError } from './exit-codes.ts';

/** The username that was typed after the command, or that is asked for. Throws UsageError where nobody can be asked. */
export async function readUsername({ args, settings }: Context): Promise<string> {
  const [username] = args;
  if (username !== undefined) return username;
  if (!settings.mayAsk) throw new UsageError('there is no terminal to ask for the username on; write it after the command');
  return ask('Username: ');
}
