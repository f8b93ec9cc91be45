import { type ClientOptions, Metadata } from '@grpc/grpc-js';
import { ReconnectingClient } from '@parley/grpc-connection';
import { PROOF_HEADER } from '@parley/proof';
import type { JoinRequest, JoinResponse, PullRequest, PullResponse, ReadCopyRequest, ReadCopyResponse, ReadHashesRequest, ReadHashesResponse, RelayRequest, RemoveRequest, RemoveResponse, ReplicateRequest, ReplicateResponse, VerifyRequest, VerifyResponse } from '@parley/proto/replication';
import { ReplicationServiceDefinition } from '@parley/proto/replication';
import { type GenericMethod, type RequestOf, type ResponseOf, toGrpcMethod } from '../grpc/definition.ts';
import { type ClusterSecrets, madeOf, makeProof } from './proof.ts';

/** The calls to one peer. Each rejects when there is no answer in time. */
export interface ReplicationLink {
  readonly replicate: (request: ReplicateRequest) => Promise<ReplicateResponse>;
  readonly pull: (request: PullRequest) => Promise<PullResponse>;
  readonly join: (request: JoinRequest) => Promise<JoinResponse>;
  readonly readHashes: (request: ReadHashesRequest) => Promise<ReadHashesResponse>;
  readonly relay: (request: RelayRequest) => Promise<unknown>;
  readonly remove: (request: RemoveRequest) => Promise<RemoveResponse>;
  readonly readCopy: (request: ReadCopyRequest) => Promise<ReadCopyResponse>;
  readonly verify: (request: VerifyRequest) => Promise<VerifyResponse>;
  readonly close: () => void;
}

/** Makes the link to an address host:port. A test brings links that it can cut. */
export type Connect = (address: string) => ReplicationLink;

/** A page of changes over a slow link takes seconds; a dead link is found sooner, by HTTP/2 keepalive. */
const CALL_TIMEOUT_MS = 15_000;
/** Whoever does not answer this small question in time is taken as not there. */
const JOIN_TIMEOUT_MS = 2000;
/** Typing that comes late is of no use. */
const RELAY_TIMEOUT_MS = 1000;
/** Larger than any page (1 MiB) with a vector of ten thousand origins. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

const CHANNEL: ClientOptions = {
  'grpc.keepalive_time_ms': 2000,
  'grpc.keepalive_timeout_ms': 2000,
  'grpc.keepalive_permit_without_calls': 1,
  // A peer that comes back is to be found within a heartbeat, not after gRPC's default of up to two minutes.
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
};

/** Links by gRPC, each call with the proof of the cluster's secret as it is then. */
export function grpcLinks(secrets: ClusterSecrets): Connect {
  const present = madeOf(secrets, () => {
    const metadata = new Metadata();
    metadata.set(PROOF_HEADER, makeProof(secrets));
    return metadata;
  });
  return (address) => {
    const client = new ReconnectingClient(address, CHANNEL);
    const unary = <M extends GenericMethod>(method: M, request: RequestOf<M>, timeoutMs: number) => {
      const { path, requestSerialize, responseDeserialize } = toGrpcMethod(ReplicationServiceDefinition, method);
      return new Promise<ResponseOf<M>>((resolve, reject) => {
        client.current.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, present(), { deadline: Date.now() + timeoutMs }, (error, response) => {
          if (error) reject(error);
          else resolve(response as ResponseOf<M>);
        });
      });
    };
    const { methods } = ReplicationServiceDefinition;
    return {
      replicate: (request) => unary(methods.replicate, request, CALL_TIMEOUT_MS),
      pull: (request) => unary(methods.pull, request, CALL_TIMEOUT_MS),
      join: (request) => unary(methods.join, request, JOIN_TIMEOUT_MS),
      readHashes: (request) => unary(methods.readHashes, request, CALL_TIMEOUT_MS),
      relay: (request) => unary(methods.relay, request, RELAY_TIMEOUT_MS),
      remove: (request) => unary(methods.remove, request, CALL_TIMEOUT_MS),
      readCopy: (request) => unary(methods.readCopy, request, CALL_TIMEOUT_MS),
      verify: (request) => unary(methods.verify, request, CALL_TIMEOUT_MS),
      close: () => client.close(),
    };
  };
}
