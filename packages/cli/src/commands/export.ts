import { exportData } from '@parley/client/export-data';
import { requireSession, withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';

/** So often it is told how far it has come. */
const TELL_EVERY_MESSAGES = 10_000;

export const exportAll: Command = {
  name: 'export',
  summary: 'Writes all that the account has as one JSON document',
  takes: '',
  count: [0, 0],
  flags: [],
  details: 'Conversations and all their messages, the newest first, without those that you deleted for yourself. It is read page by page, so a long history takes no memory.',
  examples: ['parley export > parley.json', "parley export | jq '.conversations[].messages | length'"],
  run: ({ settings, output }) => withClient(settings, async (client) => {
    requireSession(client);
    let told = 0;
    let done = 0;
    for await (const piece of exportData(client, ({ messages, conversations, of }) => {
      done = messages;
      if (messages < told + TELL_EVERY_MESSAGES) return;
      told = messages;
      output.say(`${messages} messages, ${conversations} of ${of} conversations …`);
    })) output.piece(output.json ? piece.replaceAll('\n', '') : piece);
    if (output.json) output.piece('\n');
    output.say(`${done} messages.`);
    return ExitCode.DONE;
  }),
};
