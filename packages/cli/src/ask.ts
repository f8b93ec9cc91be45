import { createInterface } from 'node:readline';
import { CommandFailed, ExitCode } from './exit-codes.ts';
import { MutedOutput } from './muted-output.ts';

/**
 * Asks on the terminal, on stderr, and resolves to the line that is typed; `hidden`: it does not appear. Rejects with CommandFailed,
 * exit code 130, on Ctrl-C and Ctrl-D.
 */
export function ask(label: string, hidden = false): Promise<string> {
  const output = new MutedOutput(process.stderr);
  const readline = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  return new Promise((resolve, reject) => {
    let answer: string | undefined;
    readline.on('line', (line) => {
      answer = line;
      readline.close();
    });
    readline.on('SIGINT', () => readline.close());
    readline.on('close', () => {
      output.end();
      if (hidden) process.stderr.write('\n');
      if (answer === undefined) reject(new CommandFailed(ExitCode.INTERRUPTED, 'Nothing was changed.'));
      else resolve(answer);
    });
    readline.setPrompt(label);
    readline.prompt();
    output.muted = hidden;
  });
}
