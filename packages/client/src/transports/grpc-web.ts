import { ChatServiceDefinition, type Replica, type SubscribeRequest } from '@parley/proto/chat';
import { GrpcWebClientBase, MethodDescriptor, MethodType, type RpcError } from 'grpc-web';
import { CallError, GrpcCode } from '../failure.ts';
import { type CallOptions, type Channel, LARGEST_REPLY_BYTES, type StreamListener, type Transport, type UnaryMethod } from '../transport.ts';
import { normalizeHttpAddress } from './http-address.ts';

/** gRPC-Web, for browsers. Addresses are base URLs. */
export const grpcWebTransport: Transport = {
  connect: (address) => new GrpcWebChannel(address),
  normalize: (address) => normalizeHttpAddress(address),
  addressOf: (replica: Replica) => normalizeHttpAddress(replica.publicUrl),
};

class GrpcWebChannel implements Channel {
  readonly #address: string;
  // Only the text format streams.
  readonly #client = new GrpcWebClientBase({ format: 'text', maxReceiveMessageSize: LARGEST_REPLY_BYTES });

  constructor(address: string) {
    this.#address = address;
  }

  call<Request, Response>(method: UnaryMethod<Request, Response>, request: Request, options: CallOptions): Promise<Response> {
    return new Promise((resolve, reject) => {
      const bytes = method.requestType.encode(request).finish();
      const metadata = { ...authorization(options.token), deadline: String(Math.round(options.deadlineAt)) };
      const call = this.#client.rpcCall(this.#url(method.name), bytes, metadata, descriptor(method.name, MethodType.UNARY), (error: RpcError | null, reply) => {
        if (error) reject(toCallError(error));
        else decode(method.responseType, reply, resolve, reject);
      });
      options.signal.addEventListener('abort', () => call.cancel(), { once: true });
    });
  }

  subscribe(request: SubscribeRequest, token: string, listener: StreamListener): () => void {
    const { name, requestType, responseType } = ChatServiceDefinition.methods.subscribe;
    const bytes = requestType.encode(request).finish();
    const stream = this.#client.serverStreaming(this.#url(name), bytes, authorization(token), descriptor(name, MethodType.SERVER_STREAMING));
    let open = true;
    const end = (error: CallError | undefined): void => {
      if (!open) return;
      open = false;
      listener.end(error);
    };
    stream.on('data', (reply) => {
      if (open) decode(responseType, reply, (event) => listener.event(event), end);
    });
    stream.on('error', (error) => end(toCallError(error)));
    stream.on('end', () => end(undefined));
    return () => {
      open = false;
      stream.cancel();
    };
  }

  close(): void {
    // Each call is a request of its own: there is no connection to close.
  }

  #url(method: string): string {
    return `${this.#address}/${ChatServiceDefinition.fullName}/${method}`;
  }
}

/** Messages pass the library as bytes: encoding and decoding are typed on this side of it. */
function descriptor(name: string, type: string): MethodDescriptor<object, object> {
  return new MethodDescriptor(`/${ChatServiceDefinition.fullName}/${name}`, type, Object, Object, same, same);
}

function same<Bytes>(bytes: Bytes): Bytes {
  return bytes;
}

function decode<T>(type: { decode(bytes: Uint8Array): T }, reply: object, done: (message: T) => void, failed: (error: CallError) => void): void {
  let message: T;
  try {
    if (!(reply instanceof Uint8Array)) throw new TypeError('no bytes');
    message = type.decode(reply);
  } catch {
    return failed(new CallError(GrpcCode.UNAVAILABLE, 'the answer is not one of a Parley server', { notGrpc: true }));
  }
  done(message);
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/**
 * The library reports a connection that broke, and a server that does not speak gRPC-Web, by the HTTP status in the
 * message: `… http status code: 0` is what calls and streams end with when the server or its Envoy dies, and whatever code
 * it makes of another status (403, 503) is a proxy's word and not Parley's. All of these mean that this server is not to be had.
 */
export function toCallError(error: RpcError): CallError {
  const status = /http status code: (\d+)/.exec(error.message)?.[1];
  if (status !== undefined) {
    const isProxy = status === '0' || status.startsWith('5');
    return new CallError(GrpcCode.UNAVAILABLE, error.message, { notGrpc: !isProxy });
  }
  if (error.code === GrpcCode.UNKNOWN && /content-type/i.test(error.message)) {
    return new CallError(GrpcCode.UNAVAILABLE, error.message, { notGrpc: true });
  }
  return new CallError(error.code, error.message, { details: decodeBase64(error.metadata?.['grpc-status-details-bin']) });
}

function decodeBase64(text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
