import { ask } from '../ask.ts';
import { requireSession, withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { CommandFailed, ExitCode, UsageError } from '../exit-codes.ts';
import { PASSWORD_FLAG, readPassword } from '../passwords.ts';

export const deleteAccount: Command = {
  name: 'delete-account',
  summary: 'Deletes your account, for good, on every server',
  takes: '',
  count: [0, 0],
  flags: [PASSWORD_FLAG, { name: 'confirm', value: 'USERNAME', what: 'your username: that you mean it (else you are asked)' }],
  details: 'Nobody can sign in with the account again, and its username is free again. Messages that you sent stay where they are, as from "Deleted account". This cannot be undone.',
  examples: ['parley delete-account --confirm alice'],
  run: (context) => withClient(context.settings, async (client) => {
    const { username } = requireSession(client);
    const { flag, settings, output } = context;
    if (flag('confirm') === undefined && !settings.mayAsk) throw new UsageError(`deleting an account cannot be undone; say that you mean it: --confirm ${username}`);
    const typed = flag('confirm') ?? await ask(`Deletes the account ${username} for good. Type its username to go on: `);
    if (typed !== username) throw new CommandFailed(ExitCode.USAGE, `That is not your username, ${username}. Nothing was deleted.`);
    await client.deleteAccount(username, await readPassword(context));
    output.say(`The account ${username} is deleted.`);
    return ExitCode.DONE;
  }),
};
