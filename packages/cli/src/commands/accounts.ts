import type { Command } from '../command.ts';
import { requireSession, withClient } from '../client-on-file.ts';
import { ExitCode } from '../exit-codes.ts';
import { printableLine } from '../printable.ts';

export const accounts: Command = {
  name: 'accounts',
  summary: 'Lists accounts',
  takes: '[PATTERN]',
  count: [0, 1],
  flags: [],
  details: 'PATTERN is the beginning of a username, or has * for any characters; quote it, or the shell takes it for file names. Ends with 4 where no account matches.',
  examples: ["parley accounts 'a*'", 'parley accounts --json | jq -r .username'],
  run: ({ settings, output, args: [pattern = ''] }) => withClient(settings, async (client) => {
    requireSession(client);
    const found = await client.searchAccounts(pattern, Infinity);
    for (const { accountId, username } of found) {
      if (output.json) output.jsonData({ accountId, username });
      else output.data(output.plain ? `${username}\t${accountId}` : printableLine(username));
    }
    if (found.length > 0) return ExitCode.DONE;
    output.say(`Nobody is called "${pattern}". Try fewer letters, or * for any.`);
    return ExitCode.NOT_FOUND;
  }),
};
