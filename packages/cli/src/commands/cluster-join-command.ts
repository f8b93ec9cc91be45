import { Replica_State } from '@parley/proto/chat';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';
import type { Command } from '../command.ts';
import { ExitCode, UsageError } from '../exit-codes.ts';
import { readCluster } from '../read-cluster.ts';

const GRPC_PORT = '50051';
const HTTP_PORT = '8080';

export const clusterJoinCommand: Command = {
  name: 'cluster join-command',
  summary: 'Prints the command that starts a further replica',
  takes: 'HOST',
  count: [1, 1],
  flags: [
    { name: 'name', value: 'NAME', what: 'its name in lists of servers (else the server makes one of HOST)' },
    { name: 'port', value: 'PORT', what: `its gRPC port (${GRPC_PORT})` },
    { name: 'http-port', value: 'PORT', what: `its web port (${HTTP_PORT})` },
  ],
  details: "HOST is the name or address at which the others and browsers reach the new machine. Copy the cluster's secret to it before you run the command there.",
  examples: ['parley cluster join-command 192.168.1.13 --name server4'],
  run: async ({ settings, output, args: [host = ''], flag }) => {
    const port = flag('port') ?? GRPC_PORT;
    const httpPort = flag('http-port') ?? HTTP_PORT;
    const advertise = grpcJsTransport().normalize(`${host}:${port}`);
    if (advertise === undefined || !isShellWord(host)) throw new UsageError(`${host}:${port} is no address; give a HOST, as 192.168.1.13, and a port from 1 to 65535`);
    if (grpcJsTransport().normalize(`${host}:${httpPort}`) === undefined) throw new UsageError(`--http-port ${httpPort}: give a port from 1 to 65535`);
    const { replicas } = await readCluster(settings);
    const donors = replicas.filter(({ state }) => state === Replica_State.STATE_LIVE).map(({ address }) => address);
    const words = [
      'node', 'packages/server/dist/main.js', '--join', donors.join(','), '--advertise', advertise, '--public-url', `http://${host}:${httpPort}`,
      ...(port === GRPC_PORT ? [] : ['--port', port]), ...(httpPort === HTTP_PORT ? [] : ['--http-port', httpPort]),
      ...flagWords('name', flag('name')), '--db-file', 'data/parley.db', '--cluster-secret-file', 'cluster-secret',
    ];
    if (output.json) {
      output.jsonData({ command: words });
      return ExitCode.DONE;
    }
    output.say("On the new machine, with Parley built and a copy of the cluster's secret in the file cluster-secret:");
    output.data(words.map(quoted).join(' '));
    return ExitCode.DONE;
  },
};

function flagWords(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`--${name}`, value];
}

function isShellWord(word: string): boolean {
  return /^[\w.:,/=@[\]-]+$/.test(word);
}

function quoted(word: string): string {
  return isShellWord(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
