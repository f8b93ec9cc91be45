import { Failure } from '@parley/client/failure';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';
import { ChatServiceDefinition, type GetClusterResponse } from '@parley/proto/chat';
import { knownServers } from './client-on-file.ts';
import type { Settings } from './settings.ts';

const { getCluster } = ChatServiceDefinition.methods;

/** As a client's first call on a server over a slow link: 1.5 s and four round trips of 700 ms, rounded. */
const PATIENCE_MS = 4_500;

/** The cluster as one replica sees it. Rejects with a CallError. */
export async function askCluster(address: string): Promise<GetClusterResponse> {
  const channel = grpcJsTransport().connect(address);
  try {
    return await channel.call(getCluster, getCluster.requestType.create(), { token: undefined, deadlineAt: Date.now() + PATIENCE_MS, signal: new AbortController().signal });
  } finally {
    channel.close();
  }
}

/** The cluster as the first of the known servers sees it that answers. Nobody has to be signed in. Rejects with UNREACHABLE. */
export async function readCluster(settings: Settings): Promise<GetClusterResponse> {
  const answers = (await knownServers(settings)).map(askCluster);
  // In their order, so that who is asked is up to whoever named them.
  for (const answer of await Promise.allSettled(answers)) if (answer.status === 'fulfilled') return answer.value;
  throw new Failure('UNREACHABLE', 'No server answers. Check that one runs and that this machine can reach it, or name another: --servers HOST:PORT');
}
