import type { IncomingMessage, ServerResponse } from 'node:http';
import { Client, credentials, Metadata, status, type ClientReadableStream, type StatusObject } from '@grpc/grpc-js';
import { ChatServiceDefinition } from '@parley/proto/chat';
import type { Logger } from 'pino';
import { MAX_REQUEST_BYTES } from '../chat/limits.ts';
import {
  BadFrame, contentType, decodeRequest, encodeMessage, encodeTrailers, largestBody, percentEncode, timeoutMs, wireFormat,
  type WireFormat,
} from './grpc-web-frames.ts';

/**
 * A small gRPC-Web bridge for replicas that run without an Envoy: it hands browsers' calls of the chat service to the
 * replica's own gRPC port, message bytes untouched. Nothing else can be called through it.
 */
export interface Bridge {
  /** Answers a request for which `isChatPath` holds. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Ends the channel, and with it every call. */
  close(): void;
}

const CHAT_PREFIX = `/${ChatServiceDefinition.fullName}/`;
const METHODS: ReadonlySet<string> = new Set(Object.values(ChatServiceDefinition.methods).map((method) => method.name));

/** The target is this very process; the library's own 120 s of backoff would keep a channel dead that fails once at start. */
const MAX_RECONNECT_MS = 500;

/** Far longer than any call or stream lasts; timers cannot hold what a browser may ask for (99,999,999 hours). */
const MAX_TIMEOUT_MS = 3_600_000;

/** For how long browsers may keep the answer to a preflight: seconds. Chromium caps it at two hours. */
const PREFLIGHT_MAX_AGE_S = '7200';

export function isChatPath(path: string): boolean {
  return path.startsWith(CHAT_PREFIX);
}

/** `grpcTarget`: host:port of the replica's own gRPC port. */
export function openBridge(grpcTarget: string, log: Logger): Bridge {
  const client = new Client(grpcTarget, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_MS,
    'grpc.max_receive_message_length': -1,
  });

  return {
    handle(request, response) {
      // Pages come from any replica and talk to all of them. A token travels in a header that scripts set, never in a cookie.
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-expose-headers', 'grpc-status, grpc-message, grpc-status-details-bin');
      if (request.method === 'OPTIONS') return answerPreflight(response);
      const format = wireFormat(request.headers['content-type']);
      if (request.method !== 'POST') {
        return refuse(response, 405, 'Calls are POST requests.', { allow: 'POST, OPTIONS' });
      }
      if (!format) {
        return refuse(response, 415, 'This is a gRPC-Web address: send application/grpc-web or application/grpc-web-text.');
      }
      forward(client, log, request, response, format);
    },
    close: () => client.close(),
  };
}

function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, content-type, grpc-timeout, x-grpc-web, x-user-agent',
    'access-control-max-age': PREFLIGHT_MAX_AGE_S,
  }).end();
}

function refuse(response: ServerResponse, code: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(`${text}\n`);
}

function forward(client: Client, log: Logger, request: IncomingMessage, response: ServerResponse, format: WireFormat): void {
  const reply = openReply(response, wireFormat(request.headers.accept) ?? format);
  const path = request.url?.split('?')[0] ?? '';
  if (!METHODS.has(path.slice(CHAT_PREFIX.length))) {
    return reply.end({ code: status.UNIMPLEMENTED, details: `The chat service has no such method: ${path}`, metadata: new Metadata() });
  }
  const fail = (code: status, details: string): void => reply.end({ code, details, metadata: new Metadata() });
  collect(request, largestBody(MAX_REQUEST_BYTES, format), (body) => {
    if (!body) return fail(status.RESOURCE_EXHAUSTED, `A request has at most ${MAX_REQUEST_BYTES} bytes`);
    try {
      const message = decodeRequest(body, format);
      // On the wire a unary call is a stream of one message, so one kind of call serves both.
      relay(client.makeServerStreamRequest(path, same, same, message, metadataOf(request), deadlineOf(request)), response, reply);
    } catch (error) {
      if (error instanceof BadFrame) return fail(status.INVALID_ARGUMENT, `Not a gRPC-Web request: ${error.message}`);
      // No request may end the process, whatever the library refuses.
      log.error({ err: error, path }, 'a call could not be made');
      fail(status.INTERNAL, 'The call could not be made; use another server');
    }
  });
}

const same = (bytes: Buffer): Buffer => bytes;

/** A token of characters that gRPC cannot carry is no token of ours: the call goes on without one, and the server says what that means. */
function metadataOf(request: IncomingMessage): Metadata {
  const metadata = new Metadata();
  const { authorization } = request.headers;
  if (authorization !== undefined && /^[ -~]*$/.test(authorization)) metadata.set('authorization', authorization);
  return metadata;
}

function deadlineOf(request: IncomingMessage): { deadline?: number } {
  const header = request.headers['grpc-timeout'];
  const ms = timeoutMs(Array.isArray(header) ? header[0] : header);
  return ms === undefined ? {} : { deadline: Date.now() + Math.min(ms, MAX_TIMEOUT_MS) };
}

/** Reads a body of at most `maxBytes`. Gives undefined for a longer one, once all of it has come, so that the browser reads the answer. */
function collect(request: IncomingMessage, maxBytes: number, done: (body: Buffer | undefined) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.on('end', () => done(bytes <= maxBytes ? Buffer.concat(chunks) : undefined));
}

interface Reply {
  /** Sends the headers, once: an open stream is seen to be open before anything happens on it. */
  start(): void;
  /** False when the browser is slower than the stream: wait for 'drain'. */
  write(message: Buffer): boolean;
  end(outcome: StatusObject): void;
}

function openReply(response: ServerResponse, format: WireFormat): Reply {
  const start = (): void => {
    if (response.headersSent) return;
    response.writeHead(200, { 'content-type': contentType(format), 'cache-control': 'no-store' });
    response.flushHeaders();
  };
  return {
    start,
    write(message) {
      start();
      return response.write(encodeMessage(message, format));
    },
    end(outcome) {
      start();
      response.end(encodeTrailers(trailersOf(outcome), format));
    },
  };
}

function trailersOf(outcome: StatusObject): Map<string, string> {
  const trailers = new Map([['grpc-status', String(outcome.code)]]);
  if (outcome.details !== '') trailers.set('grpc-message', percentEncode(outcome.details));
  const [details] = outcome.metadata.get('grpc-status-details-bin');
  if (Buffer.isBuffer(details)) trailers.set('grpc-status-details-bin', details.toString('base64'));
  return trailers;
}

function relay(call: ClientReadableStream<Buffer>, response: ServerResponse, reply: Reply): void {
  let outcome: StatusObject | undefined;
  let drained = false;
  // The status can come while messages still wait for a slow browser, so both are waited for.
  const endWhenComplete = (): void => {
    if (outcome && drained) reply.end(outcome);
  };
  call.on('metadata', () => reply.start());
  call.on('data', (message: Buffer) => {
    if (reply.write(message)) return;
    call.pause();
    response.once('drain', () => call.resume());
  });
  call.on('end', () => {
    drained = true;
    endWhenComplete();
  });
  call.on('status', (received) => {
    outcome = received;
    endWhenComplete();
  });
  // 'status' tells the same; without a listener it would end the process.
  call.on('error', () => undefined);
  // Also after the end, where it does nothing: a browser that goes away must not leave a live stream behind.
  response.on('close', () => call.cancel());
}
