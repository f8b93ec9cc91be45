import type { MessageFns, Replica, SubscribeRequest, SubscribeResponse } from '@parley/proto/chat';
import type { CallError } from './failure.ts';

/** A page of 200 messages of 8,000 characters, four bytes each, is over 6 MB; gRPC's own limit of 4 MB would make it unreadable. */
export const LARGEST_REPLY_BYTES = 16 * 1024 * 1024;

/** A unary method as the generated ChatServiceDefinition describes it. */
export interface UnaryMethod<Request, Response> {
  readonly name: string;
  readonly requestType: MessageFns<Request>;
  readonly responseType: MessageFns<Response>;
  readonly responseStream: false;
}

export interface CallOptions {
  /** The session token to send; without it the call is anonymous. */
  readonly token: string | undefined;
  /** When the caller stops waiting: milliseconds since 1970-01-01 UTC. The server is told. */
  readonly deadlineAt: number;
  /** Ends the call; it then rejects with CANCELLED or stays pending. */
  readonly signal: AbortSignal;
}

export interface StreamListener {
  event(event: SubscribeResponse): void;
  /** The stream is over, once; undefined: the server ended it with OK. */
  end(error: CallError | undefined): void;
}

/** The way to one server. */
export interface Channel {
  /** Rejects with a CallError. */
  call<Request, Response>(method: UnaryMethod<Request, Response>, request: Request, options: CallOptions): Promise<Response>;
  /** Opens the live stream; returns how to cancel it, after which `listener` is not called again. */
  subscribe(request: SubscribeRequest, token: string, listener: StreamListener): () => void;
  close(): void;
}

/** How bytes get to servers: gRPC-Web in browsers, gRPC in Node. */
export interface Transport {
  connect(address: string): Channel;
  /** What a person typed as this transport's one way to write an address; undefined if it is none. */
  normalize(address: string): string | undefined;
  /** Where this transport reaches a replica; undefined if it gave no such address. */
  addressOf(replica: Replica): string | undefined;
}
