import { withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import { PASSWORD_FLAG, readPassword } from '../passwords.ts';
import { reportSignIn } from '../sign-in.ts';
import { readUsername } from '../usernames.ts';

export const login: Command = {
  name: 'login',
  summary: 'Signs in; later commands go on with the session',
  takes: '[USERNAME]',
  count: [0, 1],
  flags: [PASSWORD_FLAG],
  details: 'The session is kept in the state file, which only you can read. Ends with 3 where username or password is wrong.',
  examples: ['parley login alice --servers localhost:50051', 'pass show parley | parley login alice --password-file -'],
  run: async (context) => {
    const username = await readUsername(context);
    const password = await readPassword(context);
    return withClient(context.settings, async (client) => {
      await client.logIn(username, password);
      reportSignIn(client, context.output);
      return ExitCode.DONE;
    });
  },
};
