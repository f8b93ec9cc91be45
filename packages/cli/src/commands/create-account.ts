import { withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import { PASSWORD_FLAG, readNewPassword } from '../passwords.ts';
import { reportSignIn } from '../sign-in.ts';
import { readUsername } from '../usernames.ts';

export const createAccount: Command = {
  name: 'create-account',
  summary: 'Makes an account and signs in',
  takes: '[USERNAME]',
  count: [0, 1],
  flags: [PASSWORD_FLAG],
  details: 'A username has 1 to 32 letters, digits, and _ . - of any script, a password 8 to 128 characters. Ends with 5 where the username is taken.',
  examples: ['parley create-account alice --servers localhost:50051'],
  run: async (context) => {
    const username = await readUsername(context);
    const password = await readNewPassword(context, 'first');
    return withClient(context.settings, async (client) => {
      await client.createAccount(username, password);
      reportSignIn(client, context.output);
      return ExitCode.DONE;
    });
  },
};
