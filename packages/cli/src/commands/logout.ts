import { requireSession, withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { CommandFailed, ExitCode } from '../exit-codes.ts';
import { waitForOutbox } from '../outbox.ts';

export const logout: Command = {
  name: 'logout',
  summary: 'Signs out here, or everywhere',
  takes: '',
  count: [0, 0],
  flags: [
    { name: 'everywhere', what: "end all sessions of the account, also other devices'" },
    { name: 'discard', what: 'sign out although messages are not safe yet, and give them up' },
  ],
  examples: ['parley logout', 'parley logout --everywhere'],
  run: ({ settings, output, isOn }) => withClient(settings, async (client) => {
    requireSession(client);
    const unsent = isOn('discard') ? 0 : await waitForOutbox(client);
    if (unsent > 0) {
      throw new CommandFailed(ExitCode.FAILED, `${unsent === 1 ? '1 message is' : `${unsent} messages are`} not safe yet. Try again when more servers answer, or give up on them: parley logout --discard`);
    }
    await client.logOut(isOn('everywhere'));
    output.say('Signed out.');
    return ExitCode.DONE;
  }, { keepsOutbox: true }),
};
