import { connect, createServer, type Socket } from 'node:net';
import { Metadata, Server, ServerCredentials, type ServerWritableStream, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { ChatServiceDefinition, type GetAccountRequest, type SubscribeRequest, type SubscribeResponse } from '@parley/proto/chat';
import { ErrorInfo, Status } from '@parley/proto/status';
import { type CallError, verdictOf } from '../failure.ts';
import type { Channel } from '../transport.ts';
import { grpcJsTransport } from './grpc-js.ts';

const { getAccount, subscribe } = ChatServiceDefinition.methods;

function serviceOf(method: typeof getAccount | typeof subscribe): object {
  return {
    path: `/${ChatServiceDefinition.fullName}/${method.name}`,
    requestStream: false,
    responseStream: method.responseStream,
    requestDeserialize: (bytes: Buffer) => method.requestType.decode(bytes),
    responseSerialize: (message: never) => Buffer.from(method.responseType.encode(message).finish()),
  };
}

function refusal(code: status, reason: string): object {
  const metadata = new Metadata();
  const info = { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: ErrorInfo.encode({ reason, domain: 'parley.chat' }).finish() };
  metadata.set('grpc-status-details-bin', Buffer.from(Status.encode({ code, message: '', details: [info] }).finish()));
  return Object.assign(new Error(reason), { code, details: reason, metadata });
}

let server: Server;
let channel: Channel;
let address: string;
let streams: ServerWritableStream<SubscribeRequest, SubscribeResponse>[];

beforeEach(async () => {
  streams = [];
  server = new Server();
  const implementation: UntypedServiceImplementation = {
    getAccount: (call: { request: GetAccountRequest; metadata: Metadata }, callback: (error: object | null, reply?: object) => void) => {
      if (call.request.account?.value === 'nobody') callback(refusal(status.NOT_FOUND, 'ACCOUNT_NOT_FOUND'));
      else if (call.request.account?.value !== 'slow') callback(null, getAccount.responseType.create({ account: { accountId: 'b', username: String(call.metadata.get('authorization')[0]), deleted: false } }));
    },
    subscribe: (call: ServerWritableStream<SubscribeRequest, SubscribeResponse>) => {
      streams.push(call);
      call.write({ event: { $case: 'heartbeat', value: { resume: Uint8Array.of(7) } } });
    },
  };
  server.addService({ getAccount: serviceOf(getAccount), subscribe: serviceOf(subscribe) } as Parameters<Server['addService']>[0], implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  address = `127.0.0.1:${port}`;
  channel = grpcJsTransport().connect(address);
});

afterEach(() => {
  channel.close();
  server.forceShutdown();
});

function call(username: string, deadlineMs = 5_000, signal = new AbortController().signal): Promise<unknown> {
  const request = getAccount.requestType.create({ account: { $case: 'username', value: username } });
  return channel.call(getAccount, request, { token: 'secret', deadlineAt: Date.now() + deadlineMs, signal });
}

async function failureOf(work: Promise<unknown>): Promise<CallError> {
  return work.then(() => Promise.reject(new Error('it did not fail')), (error: CallError) => error);
}

/** Calls again and again, each time for a moment, until there is an answer; rejects where there is none for 4 s. */
async function firstAnswer(): Promise<unknown> {
  const end = performance.now() + 4_000;
  for (;;) {
    try {
      return await call('bob', 100);
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

/** Passes connections on to the server until it forgets those that there are, and new ones until it remembers: nothing passes then, and nobody is told. */
async function openForgetfulProxy(target: number): Promise<{ port: number; forget: () => void; remember: () => void; close: () => void }> {
  const sockets: Socket[] = [];
  let isForgetful = false;
  const proxy = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    if (!isForgetful) near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    sockets.push(near, far);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const bound = proxy.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : 0,
    forget: () => {
      isForgetful = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    remember: () => {
      isForgetful = false;
    },
    close: () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Opens a stream; `next` resolves with each event, then with the stream's end. */
function open(): { next: () => Promise<unknown>; cancel: () => void } {
  const queue: unknown[] = [];
  const waiting: ((value: unknown) => void)[] = [];
  const put = (value: unknown): void => {
    const waiter = waiting.shift();
    if (waiter) waiter(value);
    else queue.push(value);
  };
  const cancel = channel.subscribe({ resume: new Uint8Array(), seen: [], messageIds: [] }, 'secret', {
    event: ({ event }) => put(event?.$case),
    end: (error) => put(error ? verdictOf(error) : 'ended'),
  });
  return { cancel, next: () => (queue.length > 0 ? Promise.resolve(queue.shift()) : new Promise((resolve) => waiting.push(resolve))) };
}

test('a call carries the token and its answer is decoded', async () => {
  expect(await call('bob')).toMatchObject({ account: { username: 'Bearer secret' } });
});

test('a refusal has its reason', async () => {
  expect(await failureOf(call('nobody'))).toMatchObject({ code: status.NOT_FOUND, reason: 'ACCOUNT_NOT_FOUND' });
});

test('a refused connection, a deadline, a connection that breaks: the server is gone', async () => {
  expect(verdictOf(await failureOf(call('slow', 50)))).toBe('gone');
  await call('bob');
  const work = failureOf(call('slow'));
  await call('bob');
  server.forceShutdown();
  expect(verdictOf(await work)).toBe('gone');
  expect(verdictOf(await failureOf(call('bob')))).toBe('gone');
});

test('a connection that is dead without a word is given up, and calls go on over a new one', async () => {
  const { port, forget, remember, close } = await openForgetfulProxy(Number(address.split(':')[1]));
  channel.close();
  channel = grpcJsTransport(undefined, 100).connect(`127.0.0.1:${port}`);
  await call('bob');
  forget();
  remember();
  expect(verdictOf(await failureOf(call('bob', 50)))).toBe('gone');
  // Once the ping has gone unanswered.
  expect(await firstAnswer()).toMatchObject({ account: { accountId: 'b' } });
  close();
});

test('a connection that does not come about is given up, and calls go on over a new one', async () => {
  const { port, forget, remember, close } = await openForgetfulProxy(Number(address.split(':')[1]));
  channel.close();
  channel = grpcJsTransport(undefined, 100, 150).connect(`127.0.0.1:${port}`);
  forget();
  expect(verdictOf(await failureOf(call('bob', 50)))).toBe('gone');
  remember();
  expect(await firstAnswer()).toMatchObject({ account: { accountId: 'b' } });
  close();
});

test('an aborted call is cancelled', async () => {
  const controller = new AbortController();
  const work = failureOf(call('slow', 5_000, controller.signal));
  controller.abort();
  expect(verdictOf(await work)).toBe('cancelled');
});

test('the stream brings events and ends once, with the server\'s reason', async () => {
  const { next } = open();
  expect(await next()).toBe('heartbeat');
  streams[0]?.emit('error', refusal(status.UNAVAILABLE, 'STREAM_ENDED'));
  expect(await next()).toBe('renew');
});

test('the stream ends when the server dies', async () => {
  const { next } = open();
  expect(await next()).toBe('heartbeat');
  server.forceShutdown();
  expect(await next()).toBe('gone');
});

test.each([
  ['server1:50051', 'server1:50051'], [' Server1:50051 ', 'server1:50051'], ['http://server1:50051/', 'server1:50051'], ['[::1]:50051', '[::1]:50051'],
  ['server1', undefined], ['server1:0', undefined], ['server1:70000', undefined], ['', undefined], ['::1:50051', undefined],
])('%j is the address %j', (typed, expected) => {
  expect(grpcJsTransport().normalize(typed)).toBe(expected);
});
