import type { handleServerStreamingCall, handleUnaryCall, Metadata, ServerUnaryCall, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { invalid, Refusal, toServiceError } from '../errors.ts';
import type { GenericMethod, GenericService, RequestOf, ResponseOf } from './definition.ts';

/** What a handler knows of its call besides the request. */
export interface CallContext {
  readonly metadata: Metadata;
  /** Milliseconds since 1970-01-01 UTC; infinity where the caller gave none. */
  readonly deadlineMs: number;
  /** The caller's address: that of the nearest proxy. */
  readonly from: string;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
}

/** A stream's sink: resolves when the caller can take more. */
export type Send<T> = (message: T) => Promise<void>;

/** A handler for each method: a unary one returns its answer, a streaming one sends until it returns or throws. */
export type Handlers<S extends GenericService> = {
  [M in keyof S['methods']]: S['methods'][M]['responseStream'] extends true
    ? (request: RequestOf<S['methods'][M]>, call: CallContext, send: Send<ResponseOf<S['methods'][M]>>) => Promise<void>
    : (request: RequestOf<S['methods'][M]>, call: CallContext) => Promise<ResponseOf<S['methods'][M]>>;
};

type AnyHandler = (request: unknown, call: CallContext, send: Send<unknown>) => Promise<unknown>;

export interface Gate {
  readonly domain: 'parley.chat' | 'parley.replication';
  /** A larger request is refused undecoded. */
  readonly maxRequestBytes: number;
  /** Throws a Refusal for a caller whose request is not even to be decoded. */
  readonly admit: (call: CallContext, method: string) => void;
  readonly log: Logger;
}

/** Adapts handlers to @grpc/grpc-js: requests pass the gate, failures become statuses with details, and what is not a refusal is logged. */
export function toGrpcHandlers<S extends GenericService>(service: S, handlers: Handlers<S>, gate: Gate): UntypedServiceImplementation {
  const { domain, maxRequestBytes, log } = gate;
  const toError = (error: unknown, method: string) => {
    if (!(error instanceof Refusal)) log.error({ err: error, method }, 'call failed');
    return toServiceError(error, domain);
  };
  const implementation: UntypedServiceImplementation = {};
  for (const [key, method] of Object.entries(service.methods)) {
    const handler = handlers[key as keyof S['methods']] as AnyHandler;
    const handle = async (call: Call, send: Send<unknown>) => {
      const context = contextOf(call);
      if (call.request.length > maxRequestBytes) throw invalid('', `The request is larger than ${maxRequestBytes} bytes.`);
      gate.admit(context, method.name);
      return handler(decode(method, call.request), context, send);
    };
    const unary: handleUnaryCall<Buffer, unknown> = (call, callback) => {
      handle(call, () => Promise.resolve()).then(
        (response) => callback(null, response),
        (error: unknown) => callback(toError(error, method.name)),
      );
    };
    const streaming: handleServerStreamingCall<Buffer, unknown> = (call) => {
      handle(call, (message) => sendTo(call, message)).then(
        () => call.end(),
        // Emitted, not destroyed with: only so does grpc-js send the status.
        (error: unknown) => void call.emit('error', toError(error, method.name)),
      );
    };
    implementation[key] = method.responseStream ? streaming : unary;
  }
  return implementation;
}

type Call = ServerUnaryCall<Buffer, unknown> | ServerWritableStream<Buffer, unknown>;

function decode(method: GenericMethod, bytes: Buffer): unknown {
  try {
    return method.requestType.decode(bytes);
  } catch {
    throw invalid('', `The request is no ${method.name} request, or has a number that is too large.`);
  }
}

function contextOf(call: Call): CallContext {
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort());
  const deadline = call.getDeadline();
  return { metadata: call.metadata, deadlineMs: deadline instanceof Date ? deadline.getTime() : deadline, from: call.getPeer(), signal: gone.signal };
}

function sendTo(call: ServerWritableStream<Buffer, unknown>, message: unknown): Promise<void> {
  if (call.cancelled || call.destroyed) return Promise.resolve();
  if (call.write(message)) return Promise.resolve();
  return new Promise((resolve) => {
    const events = ['drain', 'cancelled', 'close'];
    const done = () => {
      for (const event of events) call.off(event, done);
      resolve();
    };
    for (const event of events) call.on(event, done);
  });
}
