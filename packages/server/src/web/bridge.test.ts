import { once } from 'node:events';
import { Metadata, Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';
import { pino } from 'pino';
import { MAX_REQUEST_BYTES } from '../chat/limits.ts';
import { startWebServer, type WebServer } from './web-server.ts';

type Unary = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => void;
type Stream = (call: ServerWritableStream<Buffer, Buffer>) => void;

const notSet = (): never => {
  throw new Error('the test has set no handler');
};
const handlers: { unary: Unary; stream: Stream } = { unary: notSet, stream: notSet };

let grpc: Server;
let web: WebServer;

beforeAll(async () => {
  const same = (bytes: Buffer): Buffer => bytes;
  const method = (name: string, responseStream: boolean) => ({
    path: `/parley.chat.v1.ChatService/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  });
  grpc = new Server();
  grpc.addService(
    { getCluster: method('GetCluster', false), subscribe: method('Subscribe', true) },
    {
      getCluster: ((call, answer) => handlers.unary(call, answer)) satisfies Unary,
      subscribe: ((call) => handlers.stream(call)) satisfies Stream,
    },
  );
  const grpcPort = await new Promise<number>((resolve, reject) => {
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
  });
  web = await startWebServer({
    host: '127.0.0.1',
    port: 0,
    grpcTarget: `127.0.0.1:${grpcPort}`,
    pageDir: '/nonexistent',
    isReady: () => true,
    config: () => ({ clusterId: '', self: { name: '', url: '' }, servers: [] }),
    metrics: { contentType: 'text/plain', text: () => Promise.resolve('') },
    log: pino({ level: 'silent' }),
  });
});

afterAll(async () => {
  await web.close();
  grpc.forceShutdown();
});

function frame(payload: Uint8Array, flag = 0): Buffer<ArrayBuffer> {
  const header = Buffer.alloc(5);
  header.writeUInt8(flag, 0);
  header.writeUInt32BE(payload.length, 1);
  return Buffer.concat([header, payload]);
}

interface CallOptions {
  text?: boolean;
  headers?: Record<string, string>;
  body?: Buffer<ArrayBuffer> | string;
  signal?: AbortSignal;
}

/** A call as the browsers' client makes it. */
function post(name: string, message: string, { text = true, headers = {}, body, signal }: CallOptions = {}): Promise<Response> {
  const framed = frame(Buffer.from(message));
  const type = `application/grpc-web${text ? '-text' : '+proto'}`;
  return fetch(`http://127.0.0.1:${web.port}/parley.chat.v1.ChatService/${name}`, {
    method: 'POST',
    headers: { 'content-type': type, accept: type, 'x-grpc-web': '1', ...headers },
    body: body ?? (text ? framed.toString('base64') : framed),
    ...(signal ? { signal } : {}),
  });
}

interface Reply {
  messages: string[];
  trailers: Record<string, string>;
}

/** Frames of a body; in text they come as base64 runs, each padded by itself. */
function parse(body: Buffer, text: boolean): Reply {
  const bytes = text ? Buffer.concat((body.toString('latin1').match(/[^=]+={0,2}/g) ?? []).map((run) => Buffer.from(run, 'base64'))) : body;
  const reply: Reply = { messages: [], trailers: {} };
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    const payload = bytes.subarray(at + 5, end).toString();
    if (bytes.readUInt8(at) === 0x80) reply.trailers = Object.fromEntries(payload.split('\r\n').filter(Boolean).map((line) => line.split(/: (.*)/s)));
    else reply.messages.push(payload);
    at = end;
  }
  return reply;
}

async function call(name: string, message: string, options: CallOptions = {}): Promise<Reply> {
  const response = await post(name, message, options);
  expect(response.status).toBe(200);
  return parse(Buffer.from(await response.arrayBuffer()), options.text ?? true);
}

const echo: Unary = ({ request }, answer) => answer(null, Buffer.from(`${request.toString()} back`));

describe.each([['text', true], ['binary', false]])('in the %s format', (_name, text) => {
  test('a unary call is answered with its message and status 0', async () => {
    handlers.unary = echo;
    const response = await post('GetCluster', 'hello – zoë', { text });
    expect(response.headers.get('content-type')).toBe(text ? 'application/grpc-web-text+proto' : 'application/grpc-web+proto');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toBe('grpc-status, grpc-message, grpc-status-details-bin');
    expect(parse(Buffer.from(await response.arrayBuffer()), text)).toEqual({ messages: ['hello – zoë back'], trailers: { 'grpc-status': '0', 'grpc-message': 'OK' } });
  });

  test('an error comes with its words and details', async () => {
    const metadata = new Metadata();
    const details = Buffer.from([0, 1, 2, 250]);
    metadata.set('grpc-status-details-bin', details);
    handlers.unary = (_call, answer) => answer({ code: status.NOT_FOUND, details: 'no account “bob”', metadata });
    const { messages, trailers } = await call('GetCluster', '', { text });
    expect(messages).toEqual([]);
    expect(trailers['grpc-status']).toBe('5');
    expect(decodeURIComponent(trailers['grpc-message'] ?? '')).toBe('no account “bob”');
    expect(Buffer.from(trailers['grpc-status-details-bin'] ?? '', 'base64')).toEqual(details);
  });

  test('a stream arrives message by message, then its status', async () => {
    let stream: ServerWritableStream<Buffer, Buffer> | undefined;
    handlers.stream = (opened) => {
      stream = opened;
      opened.write(Buffer.from('first'));
    };
    const response = await post('Subscribe', '', { text });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(parse(Buffer.from(first?.value ?? []), text).messages).toEqual(['first']);
    stream?.write(Buffer.from('second'));
    expect(parse(Buffer.from((await reader?.read())?.value ?? []), text).messages).toEqual(['second']);
    // As a server does that shuts down.
    stream?.emit('error', { code: status.UNAVAILABLE, details: 'move on' });
    const last = parse(Buffer.from((await reader?.read())?.value ?? []), text);
    expect(last.trailers).toEqual({ 'grpc-status': '14', 'grpc-message': 'move on' });
    expect((await reader?.read())?.done).toBe(true);
  });
});

test('the browser\'s token and deadline go with the call, nothing else does', async () => {
  let seen: Record<string, unknown> = {};
  let msLeft = 0;
  handlers.unary = (unary, answer) => {
    seen = unary.metadata.getMap();
    msLeft = Number(unary.getDeadline()) - Date.now();
    answer(null, Buffer.alloc(0));
  };
  await call('GetCluster', '', { headers: { authorization: 'Bearer abc', 'grpc-timeout': '20S', 'x-user-agent': 'grpc-web-javascript/0.1', cookie: 'a=b', 'x-evil': '1' } });
  expect(seen).toMatchObject({ authorization: 'Bearer abc' });
  expect(Object.keys(seen).filter((key) => key.startsWith('x-') || key === 'cookie')).toEqual([]);
  expect(msLeft).toBeGreaterThan(10_000);
  expect(msLeft).toBeLessThanOrEqual(20_000);
});

test('a deadline that passes ends the call', async () => {
  handlers.unary = () => undefined;
  const { trailers } = await call('GetCluster', '', { headers: { 'grpc-timeout': '30m' } });
  expect(trailers['grpc-status']).toBe(String(status.DEADLINE_EXCEEDED));
});

test.each([
  ['a token of characters that gRPC cannot carry', { authorization: 'Bearer \u00e9' }],
  ['a token with a tab', { authorization: 'Bearer\tabc' }],
  ['a deadline in ten thousand years', { 'grpc-timeout': '99999999H' }],
  ['a deadline that is none', { 'grpc-timeout': 'soon' }],
] satisfies [string, Record<string, string>][])('%s does no harm', async (_what, headers) => {
  let token: unknown;
  handlers.unary = (unary, answer) => {
    [token] = unary.metadata.get('authorization');
    answer(null, Buffer.from('alive'));
  };
  expect((await call('GetCluster', '', { headers })).messages).toEqual(['alive']);
  expect(token).toBeUndefined();
});

test('a browser that goes away cancels its call', async () => {
  const opened = new Promise<ServerWritableStream<Buffer, Buffer>>((resolve) => {
    handlers.stream = (stream) => {
      stream.write(Buffer.from('hello'));
      resolve(stream);
    };
  });
  const browser = new AbortController();
  const response = await post('Subscribe', '', { signal: browser.signal });
  await response.body?.getReader().read();
  const stream = await opened;
  const cancelled = once(stream, 'cancelled');
  browser.abort();
  await cancelled;
  expect(stream.cancelled).toBe(true);
});

test('a slow browser holds the stream back and loses nothing', async () => {
  const messages = 400;
  const size = 64 * 1024;
  let written = 0;
  let blocked: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    blocked = resolve;
  });
  handlers.stream = (stream) => {
    const more = (): void => {
      while (written < messages) {
        written += 1;
        if (!stream.write(Buffer.alloc(size, written % 250))) {
          stream.once('drain', more);
          blocked();
          return;
        }
      }
      stream.end();
    };
    more();
  };
  const response = await post('Subscribe', '', { text: false });
  await held;
  const body = Buffer.from(await response.arrayBuffer());
  const reply = parse(body, false);
  expect(reply.messages).toHaveLength(messages);
  expect(body.length).toBeGreaterThan(messages * size);
  expect(reply.trailers['grpc-status']).toBe('0');
});

test('a preflight is answered for every origin', async () => {
  const response = await fetch(`http://127.0.0.1:${web.port}/parley.chat.v1.ChatService/GetCluster`, {
    method: 'OPTIONS',
    headers: { origin: 'http://elsewhere', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  });
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-allow-methods')).toBe('POST');
  expect(response.headers.get('access-control-allow-headers')?.split(', ').sort()).toEqual(['authorization', 'content-type', 'grpc-timeout', 'x-grpc-web', 'x-user-agent']);
});

describe('refused without a call', () => {
  beforeEach(() => {
    handlers.unary = notSet;
  });

  test.each([
    ['an unknown method', 'Nothing', Buffer.from(frame(Buffer.alloc(0)).toString('base64')), status.UNIMPLEMENTED],
    ['a body that is no frame', 'GetCluster', Buffer.from('AAAA'), status.INVALID_ARGUMENT],
    ['a body that is not base64', 'GetCluster', Buffer.from('hello'), status.INVALID_ARGUMENT],
    ['a request that is too large', 'GetCluster', Buffer.from(frame(Buffer.alloc(MAX_REQUEST_BYTES + 3)).toString('base64')), status.RESOURCE_EXHAUSTED],
  ])('%s', async (_what, name, body, code) => {
    const { trailers } = await call(name, '', { body });
    expect(trailers['grpc-status']).toBe(String(code));
    expect(trailers['grpc-message']).not.toBe('');
  });

  test('a request that is not gRPC-Web, or no POST', async () => {
    const wrongType = await post('GetCluster', '', { headers: { 'content-type': 'application/json' } });
    expect(wrongType.status).toBe(415);
    const get = await fetch(`http://127.0.0.1:${web.port}/parley.chat.v1.ChatService/GetCluster`);
    expect(get.status).toBe(405);
    expect(get.headers.get('allow')).toBe('POST, OPTIONS');
  });

  test('every other service', async () => {
    for (const path of ['/parley.replication.v1.ReplicationService/Pull', '/grpc.health.v1.Health/Check', '/parley.chat.v1.ChatService']) {
      const body = frame(Buffer.alloc(0)).toString('base64');
      const response = await fetch(`http://127.0.0.1:${web.port}${path}`, { method: 'POST', headers: { 'content-type': 'application/grpc-web-text' }, body });
      expect(response.status).toBe(405);
    }
  });
});

test('a request of the largest size goes through', async () => {
  handlers.unary = ({ request }, answer) => answer(null, Buffer.from(String(request.length)));
  expect((await call('GetCluster', 'x'.repeat(MAX_REQUEST_BYTES))).messages).toEqual([String(MAX_REQUEST_BYTES)]);
});
