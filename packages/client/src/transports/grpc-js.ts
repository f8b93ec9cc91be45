import { type ChannelCredentials, type ChannelOptions, Metadata, type ServiceError } from '@grpc/grpc-js';
import { ReconnectingClient } from '@parley/grpc-connection';
import { ChatServiceDefinition, type Replica, type SubscribeRequest, type SubscribeResponse } from '@parley/proto/chat';
import { CallError, GrpcCode } from '../failure.ts';
import { type CallOptions, type Channel, LARGEST_REPLY_BYTES, type StreamListener, type Transport, type UnaryMethod } from '../transport.ts';

/**
 * A connection that something on the way has forgotten is dead without a word, for as long as a quarter of an hour, and every call on it
 * would time out although the server is well. So it is pinged: silent for so long, and no answer in as long again, and the next call opens a new one.
 */
const KEEPALIVE_MS = 2_000;

/**
 * The client decides when a server is tried again; the channel must not sit in a backoff of its own for longer than that.
 */
const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 250,
  'grpc.max_receive_message_length': LARGEST_REPLY_BYTES,
};

/** gRPC for Node, straight to a server's gRPC port. Addresses are `host:port`. Without `security` in plain text. `keepaliveMs`: a dead connection is found within twice that; `connectTimeoutMs`: one that does not come about, after that. */
export function grpcJsTransport(security?: ChannelCredentials, keepaliveMs = KEEPALIVE_MS, connectTimeoutMs?: number): Transport {
  const options = { ...CHANNEL_OPTIONS, 'grpc.keepalive_time_ms': keepaliveMs, 'grpc.keepalive_timeout_ms': keepaliveMs, 'grpc.keepalive_permit_without_calls': 1 };
  return {
    connect: (address) => new GrpcJsChannel(new ReconnectingClient(address, options, connectTimeoutMs, security)),
    normalize: normalizeHostPort,
    addressOf: (replica: Replica) => normalizeHostPort(replica.address),
  };
}

class GrpcJsChannel implements Channel {
  readonly #client: ReconnectingClient;

  constructor(client: ReconnectingClient) {
    this.#client = client;
  }

  call<Request, Response>(method: UnaryMethod<Request, Response>, request: Request, options: CallOptions): Promise<Response> {
    return new Promise((resolve, reject) => {
      const call = this.#client.current.makeUnaryRequest(
        pathOf(method.name),
        (message: Request) => Buffer.from(method.requestType.encode(message).finish()),
        (bytes) => method.responseType.decode(bytes),
        request,
        metadataOf(options.token),
        { deadline: options.deadlineAt },
        (error, reply) => {
          if (error) reject(toCallError(error, options.signal.aborted));
          else if (reply !== undefined) resolve(reply);
        },
      );
      options.signal.addEventListener('abort', () => call.cancel(), { once: true });
    });
  }

  subscribe(request: SubscribeRequest, token: string, listener: StreamListener): () => void {
    const { name, requestType, responseType } = ChatServiceDefinition.methods.subscribe;
    const stream = this.#client.current.makeServerStreamRequest(
      pathOf(name),
      (message: SubscribeRequest) => Buffer.from(requestType.encode(message).finish()),
      (bytes) => responseType.decode(bytes),
      request,
      metadataOf(token),
    );
    let open = true;
    const end = (error: CallError | undefined): void => {
      if (!open) return;
      open = false;
      listener.end(error);
    };
    stream.on('data', (event: SubscribeResponse) => {
      if (open) listener.event(event);
    });
    stream.on('error', (error: ServiceError) => end(toCallError(error, !open)));
    stream.on('end', () => end(undefined));
    return () => {
      open = false;
      stream.cancel();
    };
  }

  close(): void {
    this.#client.close();
  }
}

function pathOf(method: string): string {
  return `/${ChatServiceDefinition.fullName}/${method}`;
}

function metadataOf(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/**
 * A connection that broke under a call may come as INTERNAL with an HTTP/2 error code in the text, or as CANCELLED although
 * nobody here cancelled anything: the server is not to be had.
 */
export function toCallError(error: ServiceError, cancelledHere: boolean): CallError {
  const broke = /RST_STREAM|GOAWAY/.test(error.details) || (error.code === GrpcCode.CANCELLED && !cancelledHere);
  if (broke) return new CallError(GrpcCode.UNAVAILABLE, error.details);
  // What answers there does not speak HTTP/2 at all.
  if (error.code === GrpcCode.UNAVAILABLE && /Protocol error/.test(error.details)) return new CallError(GrpcCode.UNAVAILABLE, error.details, { notGrpc: true });
  const [details] = error.metadata.get('grpc-status-details-bin');
  return new CallError(error.code, error.details, { details: details instanceof Uint8Array ? details : undefined });
}

/** `host:port`, with a host in brackets where it is an IPv6 address; undefined: it is no such address. */
function normalizeHostPort(typed: string): string | undefined {
  const text = typed.trim().replace(/^(http|grpc|dns):\/+/i, '').replace(/\/+$/, '');
  const port = /^(?:\[[0-9a-f:.]+\]|[^\s:/[\]]+):(\d{1,5})$/i.exec(text)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? text.toLowerCase() : undefined;
}
