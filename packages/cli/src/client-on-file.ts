import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { ClientSnapshot } from '@parley/client/api';
import { ParleyClient } from '@parley/client/client';
import { Failure } from '@parley/client/failure';
import { isObject, parseObject, type Storage } from '@parley/client/storage';
import { FileStorage } from '@parley/client/storages/file';
import { MemoryStorage } from '@parley/client/storages/memory';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';
import { CommandFailed, ExitCode, UsageError } from './exit-codes.ts';
import type { Settings } from './settings.ts';

/** The client keeps servers that it learnt or that were added; those that it is given it expects to be given again. */
const GIVEN = 'given servers';

export interface ClientOptions {
  /** Messages that are not sent when the command ends wait in the state file, for the next command that keeps an outbox. Without it they are given up. */
  readonly keepsOutbox?: boolean;
}

/**
 * Runs `work` with a client whose state is in the state file, and closes it, with all on disk. Rejects with what `work` rejects with,
 * with a UsageError where no server is known, and with CommandFailed where the state file cannot be used.
 */
export async function withClient<Result>(settings: Settings, work: (client: ParleyClient) => Promise<Result>, options: ClientOptions = {}): Promise<Result> {
  // What gRPC would print comes back as errors.
  setLogVerbosity(logVerbosity.NONE);
  const file = await openStateFile(settings.stateFile);
  const servers = settings.servers ?? await recallServers(file);
  const storage = options.keepsOutbox ? file : withoutOutbox(file);
  const client = new ParleyClient({ servers, transport: grpcJsTransport(), storage });
  try {
    await client.ready;
    return await work(client);
  } finally {
    if (settings.servers && hasAnswered(client.getSnapshot())) void file.set(GIVEN, settings.servers.join(','));
    await client.close();
    await file.settled();
  }
}

/** The addresses at which a client of this state file would find servers. Rejects as withClient does. */
export async function knownServers(settings: Settings): Promise<readonly string[]> {
  const file = await openStateFile(settings.stateFile);
  return [...new Set([...settings.servers ?? await recallServers(file), ...await learntServers(file)])];
}

/** Throws SESSION_INVALID where nobody is signed in. */
export function requireSession(client: ParleyClient): ClientSnapshot['session'] & { readonly status: 'signed-in' } {
  const { session } = client.getSnapshot();
  if (session.status === 'signed-in') return session;
  throw new Failure('SESSION_INVALID', `${session.reason ?? 'You are signed out.'} Sign in first: parley login USERNAME`);
}

/** Some server has answered since the client was started. */
function hasAnswered({ servers }: ClientSnapshot): boolean {
  return servers.some((server) => server.roundTripMs !== undefined);
}

/** Makes sure that the file can be read and written: a client goes on without, and the session would be lost silently. */
async function openStateFile(path: string): Promise<FileStorage> {
  const file = new FileStorage(path);
  try {
    await file.update(GIVEN, (kept) => kept);
    return file;
  } catch (error) {
    throw new CommandFailed(ExitCode.FAILED, `The state file ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}. Name another one with --state-file.`);
  }
}

/** The servers that were given to an earlier command. Throws UsageError where none is known at all. */
async function recallServers(file: FileStorage): Promise<readonly string[]> {
  const given = (await file.get(GIVEN))?.split(',') ?? [];
  if (given.length === 0 && (await learntServers(file)).length === 0) {
    throw new UsageError('no server is known yet; name one with --servers HOST:PORT, or in PARLEY_SERVERS');
  }
  return given;
}

async function learntServers(file: FileStorage): Promise<readonly string[]> {
  const servers = parseObject(await file.get('servers'))?.['servers'];
  return Array.isArray(servers) ? servers.flatMap((server: unknown) => (isObject(server) && typeof server['address'] === 'string' ? [server['address']] : [])) : [];
}

/** The same, with messages that are not sent kept in memory only. */
function withoutOutbox(file: Storage): Storage {
  const memory = new MemoryStorage();
  const place = (key: string): Storage => (key.startsWith('outbox:') ? memory : file);
  return {
    get: (key) => place(key).get(key),
    set: (key, value) => place(key).set(key, value),
    delete: (key) => place(key).delete(key),
    update: (key, change) => place(key).update(key, change),
  };
}
