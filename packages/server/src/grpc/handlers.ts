import type { handleServerStreamingCall, handleUnaryCall, Metadata, ServerUnaryCall, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { Refusal, toServiceError } from '../errors.ts';
import type { GenericService, RequestOf, ResponseOf } from './definition.ts';

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

/** Adapts handlers to @grpc/grpc-js: failures become statuses with details, and what is not a refusal is logged. */
export function toGrpcHandlers<S extends GenericService>(
  service: S,
  handlers: Handlers<S>,
  domain: 'parley.chat' | 'parley.replication',
  log: Logger,
): UntypedServiceImplementation {
  const toError = (error: unknown, method: string) => {
    if (!(error instanceof Refusal)) log.error({ err: error, method }, 'call failed');
    return toServiceError(error, domain);
  };
  const implementation: UntypedServiceImplementation = {};
  for (const [key, method] of Object.entries(service.methods)) {
    const handler = handlers[key as keyof S['methods']] as AnyHandler;
    const unary: handleUnaryCall<unknown, unknown> = (call, callback) => {
      handler(call.request, contextOf(call), () => Promise.resolve()).then(
        (response) => callback(null, response),
        (error: unknown) => callback(toError(error, method.name)),
      );
    };
    const streaming: handleServerStreamingCall<unknown, unknown> = (call) => {
      handler(call.request, contextOf(call), (message) => sendTo(call, message)).then(
        () => call.end(),
        // Emitted, not destroyed with: only so does grpc-js send the status.
        (error: unknown) => void call.emit('error', toError(error, method.name)),
      );
    };
    implementation[key] = method.responseStream ? streaming : unary;
  }
  return implementation;
}

type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

function contextOf(call: Call): CallContext {
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort());
  const deadline = call.getDeadline();
  return { metadata: call.metadata, deadlineMs: deadline instanceof Date ? deadline.getTime() : deadline, from: call.getPeer(), signal: gone.signal };
}

function sendTo(call: ServerWritableStream<unknown, unknown>, message: unknown): Promise<void> {
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
