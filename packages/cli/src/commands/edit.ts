import { requireSession, withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { conversationWith, findOwnMessage } from '../conversations.ts';
import { ExitCode } from '../exit-codes.ts';
import { printableLine } from '../printable.ts';
import { readMessageId, readText } from '../typed-values.ts';

export const edit: Command = {
  name: 'edit',
  summary: 'Changes the text of a message that you sent',
  takes: 'USERNAME TEXT…',
  count: [2, Infinity],
  flags: [{ name: 'message', value: 'MESSAGE-ID', what: 'which one; without it your last one to USERNAME' }],
  details: 'TEXT - reads the text from standard input. Ids are what parley read --json and parley send --json tell. Ends with 4 where there is no such message of yours, and with 1 where it was deleted. '
    + 'Where a server was there and then none answers it ends with 6: the change is kept in the state file, and made by a later command.',
  examples: ['parley edit alice "the backup is done, at last"', 'parley edit alice --message bmwxvsyv5v7xcd6z5cyo2fsd4e "at ten"'],
  run: ({ settings, output, args, flag }) => {
    const [username = '', ...words] = args;
    const text = readText(words);
    const typedId = flag('message');
    const wanted = typedId === undefined ? undefined : readMessageId('message', typedId, 'parley read --json tells them');
    return withClient(settings, async (client) => {
      requireSession(client);
      const { conversationId, messageId, text: before } = await findOwnMessage(client, await conversationWith(client, username), wanted);
      // A script that repeats itself makes no further edit.
      if (text !== before) await client.edit(conversationId, messageId, text);
      if (output.json) output.jsonData({ conversationId, messageId, text, changed: text !== before });
      else output.say(text === before ? 'It says that already.' : `Changed. It said: ${printableLine(before)}`);
      return ExitCode.DONE;
    });
  },
};
