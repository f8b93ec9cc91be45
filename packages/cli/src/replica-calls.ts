import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { deriveKey, makeProof, PROOF_HEADER, readSecretLines } from '@parley/proof';
import { type CallError, Failure, toFailure } from '@parley/client/failure';
import type { UnaryMethod } from '@parley/client/transport';
import { toCallError } from '@parley/client/transports/grpc-js';
import { ReplicationServiceDefinition } from '@parley/proto/replication';
import type { Context, Flag } from './command.ts';
import { UsageError } from './exit-codes.ts';

/** What an operator asks of a replica waits for copies on others, over slow links. */
const PATIENCE_MS = 10_000;

export const SECRET_FLAG: Flag = { name: 'cluster-secret-file', value: 'FILE', what: "the cluster's secrets, as the servers have them (PARLEY_CLUSTER_SECRET_FILE; else cluster-secret)" };

/** Calls of ReplicationService, with a proof of the cluster's secret: what operators may do and people's clients may not. */
export class ReplicaCalls {
  readonly #proof: string;

  /** Throws UsageError where the secret cannot be read. */
  constructor({ flag, settings }: Pick<Context, 'flag' | 'settings'>) {
    const file = flag('cluster-secret-file') ?? (settings.env['PARLEY_CLUSTER_SECRET_FILE'] || 'cluster-secret');
    try {
      const [secret = ''] = readSecretLines(readFileSync(file, 'utf8'));
      this.#proof = makeProof(deriveKey(secret, 'replication'));
    } catch (error) {
      throw new UsageError(`the cluster's secret cannot be read from ${file} (${error instanceof Error ? error.message : String(error)}); name the file that the servers have with --cluster-secret-file`);
    }
  }

  /** One call on one replica. Rejects with a ParleyFailure. */
  call<Request, Response>(address: string, method: UnaryMethod<Request, Response>, request: Request): Promise<Response> {
    const client = new Client(address, credentials.createInsecure());
    const metadata = new Metadata();
    metadata.set(PROOF_HEADER, this.#proof);
    return new Promise<Response>((resolve, reject) => {
      client.makeUnaryRequest(
        `/${ReplicationServiceDefinition.fullName}/${method.name}`,
        (message: Request) => Buffer.from(method.requestType.encode(message).finish()),
        (bytes) => method.responseType.decode(bytes),
        request,
        metadata,
        { deadline: Date.now() + PATIENCE_MS },
        (error, reply) => {
          if (reply !== undefined) resolve(reply);
          else reject(failureOf(address, error));
        },
      );
    }).finally(() => client.close());
  }
}

function failureOf(address: string, error: ServiceError | null): Error {
  if (!error) return new Error(`${address} gave no answer`);
  const callError: CallError = toCallError(error, false);
  return callError.reason === undefined ? unanswered(address, callError) : toFailure(callError);
}

/** No handler of a replica has answered: nobody is there, or something else than a replica. */
function unanswered(address: string, error: CallError): Failure {
  return new Failure('UNREACHABLE', `${address} does not answer (${error.message}). Check that it runs and that this machine can reach it, then try again.`);
}
