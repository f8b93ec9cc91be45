import { Chat } from '../chat/chat.ts';
import { PipedScreen } from '../chat/piped-screen.ts';
import { TerminalScreen } from '../chat/terminal-screen.ts';
import { withClient } from '../client-on-file.ts';
import type { Command, Context } from '../command.ts';
import { ExitCode, UsageError } from '../exit-codes.ts';
import { waitForOutbox } from '../outbox.ts';

export const chat: Command = {
  name: 'chat',
  summary: 'Chats in the terminal',
  takes: '',
  count: [0, 0],
  flags: [],
  details: 'Messages come in above the line that you type; the line above it shows the server in use. What you send is kept until two servers have it, also from one chat to the next. '
    + 'Without a terminal it takes its lines from standard input; a password is the next line, or PARLEY_PASSWORD.',
  examples: ['parley chat --servers localhost:50051,localhost:50052,localhost:50053', "printf 'bob: hello\\n' | parley chat"],
  run: (context) => {
    if (context.output.json) throw new UsageError('a chat is for people; parley send and parley read --follow --json are for programs');
    return withClient(context.settings, async (client) => {
      const { stdin, stdout } = process;
      const screen = isTerminal(context) ? new TerminalScreen(stdin, stdout) : new PipedScreen(stdin, stdout);
      try {
        const code = await new Chat({ client, screen, output: context.output, env: context.settings.env }).run();
        if (code === ExitCode.INTERRUPTED) return code;
        const unsent = client.getSnapshot().session.status === 'signed-in' ? await waitForOutbox(client) : 0;
        if (unsent === 0) return code;
        screen.close();
        context.output.say(`${unsent === 1 ? '1 message is' : `${unsent} messages are`} not safe yet. What is not is kept, and sent when you chat again.`);
        return screen.isTerminal ? code : ExitCode.UNREACHABLE;
      } finally {
        screen.close();
      }
    }, { keepsOutbox: true });
  },
};

function isTerminal({ isOn, settings }: Context): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && !isOn('no-input') && settings.env['TERM'] !== 'dumb';
}
