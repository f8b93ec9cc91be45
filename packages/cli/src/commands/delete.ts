import { requireSession, withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';

export const deleteMessages: Command = {
  name: 'delete',
  summary: 'Deletes messages, for you or for everyone',
  takes: 'MESSAGE-ID…',
  count: [1, 100],
  flags: [
    { name: 'sender', value: 'ACCOUNT-ID', what: 'who sent them; else you did' },
    { name: 'for-everyone', what: 'those that you sent: the text disappears for all, on every server; cannot be undone' },
    { name: 'undo', what: 'show again what you deleted for yourself' },
  ],
  details: 'Ids are what parley read --json and parley send --json tell. All are deleted or none. Ends with 4 where there is no such message.',
  examples: ['parley delete --for-everyone bmwxvsyv5v7xcd6z5cyo2fsd4e'],
  run: ({ settings, output, args, flag, isOn }) => withClient(settings, async (client) => {
    const senderId = flag('sender') ?? requireSession(client).accountId;
    const how = isOn('for-everyone') ? 'for-everyone' : isOn('undo') ? 'undo' : 'for-me';
    requireSession(client);
    await client.deleteMessages(args.map((messageId) => ({ senderId, messageId })), how);
    output.say(how === 'undo' ? 'Shown again.' : 'Deleted.');
    return ExitCode.DONE;
  }),
};
