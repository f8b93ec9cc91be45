import { waitFor } from '@parley/client/wait-for';
import { withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { CommandFailed, ExitCode } from '../exit-codes.ts';
import { healthWord, roundTripWords, serverJson } from '../server-words.ts';

/** All servers are asked within this. */
const PATIENCE_MS = 10_000;

export const addServer: Command = {
  name: 'add-server',
  summary: 'Adds a server of the same cluster by hand',
  takes: 'HOST:PORT',
  count: [1, 1],
  flags: [],
  details: 'Others are learnt from any one server; this is for one that they do not tell of, such as the end of a tunnel. An address of another cluster, or of no Parley server, is refused.',
  examples: ['parley add-server 192.168.1.14:50051'],
  run: ({ settings, output, args: [address = ''] }) => withClient(settings, async (client) => {
    // Which cluster is ours has to be known before.
    await waitFor(client, (snapshot) => snapshot.servers.some((server) => server.inUse), { timeoutMs: PATIENCE_MS });
    const added = await client.addServer(address);
    if (added.health === 'dead') throw new CommandFailed(ExitCode.UNREACHABLE, `${address} does not answer any more. Check that the server runs, then try again.`);
    if (output.json) output.jsonData(serverJson(added));
    else output.say([added.name, healthWord(added.health), roundTripWords(added.roundTripMs)].filter((word) => word !== '').join(' · '));
    return ExitCode.DONE;
  }),
};
