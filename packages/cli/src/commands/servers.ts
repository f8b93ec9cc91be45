import type { ServerView } from '@parley/client/api';
import { waitFor } from '@parley/client/wait-for';
import { withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { printableLine } from '../printable.ts';
import { healthWord, lagWords, roundTripWords, serverJson } from '../server-words.ts';

/** All servers are asked within this. */
const PATIENCE_MS = 10_000;

export const servers: Command = {
  name: 'servers',
  summary: 'Lists the servers that this client knows',
  takes: '',
  count: [0, 0],
  flags: [],
  examples: ['parley servers', 'parley servers --json'],
  run: ({ settings, output }) => withClient(settings, async (client) => {
    // One has answered, and has told of the others.
    await waitFor(client, (snapshot) => snapshot.servers.some((server) => server.inUse && server.lagChanges !== undefined), { timeoutMs: PATIENCE_MS });
    printServers(client.getSnapshot().servers, output);
    return ExitCode.DONE;
  }),
};

function printServers(views: readonly ServerView[], output: Output): void {
  if (output.json) {
    for (const server of views) output.jsonData(serverJson(server));
    return;
  }
  output.table(['NAME', 'ADDRESS', 'STATE', 'ROUND TRIP', 'LAG', ''], views.map((server) => [
    printableLine(server.name), server.url, healthWord(server.health), roundTripWords(server.roundTripMs), lagWords(server.lagChanges, server.lagMs), server.inUse ? 'in use' : '',
  ]));
}
