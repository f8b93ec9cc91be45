import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

/** A flag or variable is wrong; the message is one line that says what would be right. */
export class BadConfig extends Error {}

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly httpPort: number;
  readonly dbFile: string;
  /** Addresses of other replicas: --replicas and --join. */
  readonly seeds: readonly string[];
  /** host:port at which peers reach this replica. */
  readonly advertise: string;
  /** URL at which browsers reach it. */
  readonly publicUrl: string;
  readonly name: string;
  readonly secretFile: string;
  readonly ackTimeoutMs: number | undefined;
  /** A write is answered at so many copies; undefined: when all replicas that are up have it. */
  readonly waitFor: number | undefined;
  readonly first: boolean;
  readonly logLevel: string;
}

interface Flag {
  readonly name: string;
  readonly value: string | undefined;
  readonly what: string;
  readonly normally: string;
}

const FLAGS: readonly Flag[] = [
  { name: 'host', value: 'ADDRESS', what: 'address to listen on', normally: '0.0.0.0' },
  { name: 'port', value: 'PORT', what: 'gRPC port, for other replicas and Envoy', normally: '50051' },
  { name: 'http-port', value: 'PORT', what: 'port of the web page, /healthz and /readyz', normally: '8080' },
  { name: 'db-file', value: 'FILE', what: 'SQLite database; made when missing', normally: 'parley.db' },
  { name: 'replicas', value: 'HOST:PORT,…', what: 'the other replicas; this one may be among them', normally: 'none: a cluster of one' },
  { name: 'join', value: 'HOST:PORT,…', what: 'donors to copy a running cluster from', normally: 'none' },
  { name: 'advertise', value: 'HOST:PORT', what: 'where other replicas reach this one', normally: 'host and port' },
  { name: 'public-url', value: 'URL', what: 'where browsers reach this replica', normally: 'http://localhost:<http-port>' },
  { name: 'name', value: 'NAME', what: 'name to show in lists of servers', normally: "--advertise's host, or host:port on one machine" },
  { name: 'cluster-secret-file', value: 'FILE', what: 'secrets that all replicas share, one a line', normally: 'cluster-secret beside the database' },
  { name: 'ack-timeout', value: 'MS', what: 'wait so long for a peer to store a write', normally: 'four round trips as measured, 200 to 3000' },
  { name: 'wait-for', value: 'N', what: 'answer a write once so many replicas have it', normally: 'all that are up' },
  { name: 'first', value: undefined, what: 'begin a new cluster without waiting for the others', normally: 'off' },
  { name: 'log-level', value: 'LEVEL', what: 'trace, debug, info, warn, error, fatal or silent', normally: 'info' },
  { name: 'help', value: undefined, what: 'show this', normally: '' },
  { name: 'version', value: undefined, what: 'show the version', normally: '' },
];

const EXAMPLES = `Examples:
  parley-server --db-file data/chat.db
      A cluster of one; its page is at http://localhost:8080.
  parley-server --port 50052 --http-port 8082 --db-file b.db --replicas localhost:50051,localhost:50052,localhost:50053
      One of three on this machine.
  parley-server --db-file d.db --join 192.168.1.10:50051 --advertise 192.168.1.13:50051 --public-url http://192.168.1.13:8080
      A further machine joins a running cluster; copy the cluster-secret file to it first.`;

const COMMANDS = `Commands:
  parley-server [flags]                Runs a replica.
  parley-server rebuild --db-file FILE Makes the tables of a stopped replica anew from its log, and ends. For after an alarm that they differ.`;

/** What `--help` prints. */
export function helpText(): string {
  const lines = FLAGS.map(({ name, value, what, normally }) => `  --${`${name} ${value ?? ''}`.padEnd(30)} ${what}${normally ? ` (default: ${normally})` : ''}`);
  return ['parley-server: a replica of a Parley chat cluster.', '', COMMANDS, '', 'Flags; those with a value, and --first, also as a variable (--db-file is PARLEY_DB_FILE):', ...lines, '', EXAMPLES, ''].join('\n');
}

/** Flags win over variables. Throws BadConfig. Returns 'help' or 'version' where that was asked for. */
export function readConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config | 'help' | 'version' {
  const given = readFlags(args);
  if (given.has('help')) return 'help';
  if (given.has('version')) return 'version';
  const text = (name: string) => given.get(name) || env[variable(name)] || undefined;
  const host = text('host') ?? '0.0.0.0';
  const port = readPort('port', text('port') ?? '50051');
  const httpPort = readPort('http-port', text('http-port') ?? '8080');
  const dbFile = text('db-file') ?? 'parley.db';
  const advertise = readAddress('advertise', text('advertise') ?? `${reachableHost(host)}:${port}`);
  return {
    host,
    port,
    httpPort,
    dbFile: readFile('db-file', dbFile),
    seeds: [...new Set([...readAddresses('replicas', text('replicas')), ...readAddresses('join', text('join'))])],
    advertise,
    publicUrl: readUrl('public-url', text('public-url') ?? `http://localhost:${httpPort}`),
    name: readName(text('name') ?? nameOf(advertise)),
    secretFile: text('cluster-secret-file') ?? join(dirname(dbFile), 'cluster-secret'),
    ackTimeoutMs: readAckTimeout(text('ack-timeout')),
    waitFor: readWaitFor(text('wait-for')),
    first: readSwitch('first', text('first')),
    logLevel: readLevel(text('log-level') ?? 'info'),
  };
}

/** Flags of `parley-server rebuild`: the database's file, or 'help'. Throws BadConfig. */
export function readRebuildConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): { readonly dbFile: string } | 'help' {
  const given = readFlags(args);
  if (given.has('help')) return 'help';
  for (const flag of given.keys()) if (flag !== 'db-file') throw new BadConfig(`rebuild takes --db-file only, not --${flag}`);
  const dbFile = given.get('db-file') || env[variable('db-file')];
  if (!dbFile) throw new BadConfig('rebuild needs --db-file FILE: the database of a replica that is stopped');
  return { dbFile: readFile('db-file', dbFile) };
}

function variable(flag: string): string {
  return `PARLEY_${flag.toUpperCase().replaceAll('-', '_')}`;
}

function readFlags(args: readonly string[]): Map<string, string> {
  const options = Object.fromEntries(FLAGS.map(({ name, value }) => [name, { type: value ? ('string' as const) : ('boolean' as const) }]));
  try {
    // Underscores are accepted too: --db_file.
    const spelled = args.map((arg) => (arg.startsWith('--') ? arg.replace(/^--[^=]*/, (flag) => flag.replaceAll('_', '-')) : arg));
    const { values } = parseArgs({ args: spelled, options, strict: true, allowPositionals: false });
    return new Map(Object.entries(values).map(([name, value]) => [name, String(value)]));
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new BadConfig(`${line.replace(/\. To specify.*$/, '')}; --help lists all flags`);
  }
}

function readPort(flag: string, value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw new BadConfig(`--${flag} ${value}: give a port from 0 to 65535`);
  return port;
}

function readAddress(flag: string, value: string): string {
  const [, host, port] = /^(\[[^\]]+\]|[^\s:/]+):(\d+)$/.exec(value) ?? [];
  if (!host || !port || Number(port) > 65_535) throw new BadConfig(`--${flag} ${value}: give HOST:PORT, as 192.168.1.10:50051`);
  return value;
}

function readAddresses(flag: string, value: string | undefined): string[] {
  return (value ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '').map((part) => readAddress(flag, part));
}

function readFile(flag: string, value: string): string {
  if (value === ':memory:') throw new BadConfig(`--${flag} ${value}: give a file; a replica keeps its data on disk`);
  return value;
}

function readUrl(flag: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw new BadConfig(`--${flag} ${value}: give a URL, as http://192.168.1.10:8080`);
  return value.replace(/\/+$/, '');
}

function readName(value: string): string {
  if (value.length === 0 || value.length > 64) throw new BadConfig('--name: give a name of 1 to 64 characters');
  return value;
}

function readAckTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = Number(value);
  if (!/^\d+$/.test(value) || ms < 10 || ms > 60_000) throw new BadConfig(`--ack-timeout ${value}: give milliseconds from 10 to 60000`);
  return ms;
}

function readWaitFor(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const copies = Number(value);
  if (!/^\d+$/.test(value) || copies < 1 || copies > 1000) throw new BadConfig(`--wait-for ${value}: give a number of replicas, from 1, which is this one alone`);
  return copies;
}

function readSwitch(flag: string, value: string | undefined): boolean {
  if (value === undefined || ['0', 'false', 'no', 'off'].includes(value)) return false;
  if (['1', 'true', 'yes', 'on'].includes(value)) return true;
  throw new BadConfig(`${variable(flag)}=${value}: give true or false`);
}

function readLevel(value: string): string {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
  if (!levels.includes(value)) throw new BadConfig(`--log-level ${value}: give one of ${levels.join(', ')}`);
  return value;
}

function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}

/** A host name says who it is; an address or `localhost` does so only with the port. */
function nameOf(advertise: string): string {
  const host = advertise.slice(0, advertise.lastIndexOf(':'));
  return /^[a-z][\w-]*$/i.test(host) && host !== 'localhost' ? host : advertise;
}
