import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';
import type { Flag, Typed } from './command.ts';
import { UsageError } from './exit-codes.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What all commands share. */
export interface Settings {
  /** `host:port` each; undefined: those that are known from before. */
  readonly servers: readonly string[] | undefined;
  /** Keeps session, servers and what is not sent yet. */
  readonly stateFile: string;
  /** People can be asked: stdin and stderr are a terminal, and nobody forbade it. */
  readonly mayAsk: boolean;
  readonly env: Environment;
}

/** Flags that every command has. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: 'servers', value: 'HOST:PORT,…', what: 'servers to begin with; one is enough (PARLEY_SERVERS; else those known from before)' },
  { name: 'state-file', value: 'FILE', what: 'keeps the session and the servers (PARLEY_STATE_FILE; else ~/.local/state/parley/state.json)' },
  { name: 'json', what: 'one JSON value a line on standard output' },
  { name: 'plain', what: 'no colours, and tabs instead of columns' },
  { name: 'quiet', short: 'q', what: 'say nothing but failures' },
  { name: 'no-input', what: 'never ask for anything' },
  { name: 'help', short: 'h', what: 'show help' },
];

/** Flags win over variables. Throws UsageError. */
export function readSettings({ given }: Pick<Typed, 'given'>, env: Environment, isTerminal: boolean): Settings {
  const text = (flag: string, variable: string): string | undefined => {
    const value = given.get(flag);
    return (typeof value === 'string' ? value : undefined) || env[variable] || undefined;
  };
  return {
    servers: readServers(text('servers', 'PARLEY_SERVERS')),
    stateFile: text('state-file', 'PARLEY_STATE_FILE') ?? join(stateDirectory(env), 'parley', 'state.json'),
    mayAsk: isTerminal && !given.has('no-input'),
    env,
  };
}

/** https://specifications.freedesktop.org/basedir: a relative path in XDG_STATE_HOME counts for nothing. */
function stateDirectory(env: Environment): string {
  const named = env['XDG_STATE_HOME'];
  return named && isAbsolute(named) ? named : join(env['HOME'] || homedir(), '.local', 'state');
}

function readServers(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const typed = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  if (typed.length === 0) throw new UsageError('--servers names no server; give HOST:PORT, as 192.168.1.10:50051');
  return [...new Set(typed.map(readAddress))];
}

function readAddress(typed: string): string {
  const address = grpcJsTransport().normalize(typed);
  if (address === undefined) throw new UsageError(`${typed} is not the address of a server; give HOST:PORT, as 192.168.1.10:50051`);
  return address;
}
