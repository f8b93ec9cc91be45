import { requireSession, withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import { NEW_PASSWORD_FLAG, PASSWORD_FLAG, readNewPassword, readPassword } from '../passwords.ts';

export const changePassword: Command = {
  name: 'change-password',
  summary: "Sets a new password; ends the account's other sessions",
  takes: '',
  count: [0, 0],
  flags: [PASSWORD_FLAG, NEW_PASSWORD_FLAG],
  details: 'Ends with 3 where the password until now is wrong, and with 7 where it is not known whether the new one was set: sign in with it, and if that is refused with the old one.',
  examples: ['parley change-password'],
  run: (context) => withClient(context.settings, async (client) => {
    requireSession(client);
    const before = await readPassword(context);
    await client.changePassword(before, await readNewPassword(context));
    context.output.say('Password changed. Other devices have to sign in again.');
    return ExitCode.DONE;
  }),
};
