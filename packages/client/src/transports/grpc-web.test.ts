import { ChatServiceDefinition, type SubscribeResponse } from '@parley/proto/chat';
import { ErrorInfo, Status } from '@parley/proto/status';
import { FakeXhr } from '../../test/fake-xhr.ts';
import { type CallError, GrpcCode, verdictOf } from '../failure.ts';
import { grpcWebTransport } from './grpc-web.ts';

const { getAccount, subscribe } = ChatServiceDefinition.methods;
const TEXT = { 'content-type': 'application/grpc-web-text' };

function frame(flag: number, bytes: Uint8Array): string {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]).toString('base64');
}

const data = (bytes: Uint8Array): string => frame(0, bytes);
const trailers = (fields: Record<string, string>): string => frame(0x80, Buffer.from(Object.entries(fields).map(([name, value]) => `${name}:${value}\r\n`).join('')));

function details(reason: string): string {
  const info = { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: ErrorInfo.encode({ reason, domain: 'parley.chat' }).finish() };
  return Buffer.from(Status.encode({ code: 0, message: '', details: [info] }).finish()).toString('base64');
}

const original = Object.getOwnPropertyDescriptor(globalThis, 'XMLHttpRequest');
beforeAll(() => {
  Object.defineProperty(globalThis, 'XMLHttpRequest', { configurable: true, value: FakeXhr });
});
afterAll(() => {
  if (original) Object.defineProperty(globalThis, 'XMLHttpRequest', original);
  else Reflect.deleteProperty(globalThis, 'XMLHttpRequest');
});
beforeEach(() => {
  FakeXhr.sent.length = 0;
});

const channel = grpcWebTransport.connect('http://server1:8081');

function lastRequest(): FakeXhr {
  const request = FakeXhr.sent.at(-1);
  if (!request) throw new Error('nothing was sent');
  return request;
}

function call(signal = new AbortController().signal): Promise<unknown> {
  const request = getAccount.requestType.create({ account: { $case: 'username', value: 'bob' } });
  return channel.call(getAccount, request, { token: 'secret', deadlineAt: Date.now() + 5_000, signal });
}

async function failureOf(work: Promise<unknown>): Promise<CallError> {
  return work.then(() => Promise.reject(new Error('it did not fail')), (error: CallError) => error);
}

test('a call goes to the method\'s URL with token and deadline, and its answer is decoded', async () => {
  const work = call();
  const request = lastRequest();
  expect(request.url).toBe('http://server1:8081/parley.chat.v1.ChatService/GetAccount');
  expect(request.requestHeaders.get('authorization')).toBe('Bearer secret');
  expect(request.requestHeaders.get('grpc-timeout')).toMatch(/^(5000|49\d\d)m$/);
  expect(getAccount.requestType.decode(Buffer.from(request.body, 'base64').subarray(5)).account).toEqual({ $case: 'username', value: 'bob' });
  const reply = getAccount.responseType.create({ account: { accountId: 'b', username: 'bob', deleted: false } });
  request.begin({ status: 200, headers: TEXT });
  request.receive(data(getAccount.responseType.encode(reply).finish()));
  request.receive(trailers({ 'grpc-status': '0' }));
  request.end();
  expect(await work).toMatchObject({ account: { username: 'bob' } });
});

test('a server or an Envoy that dies under a call: HTTP status 0', async () => {
  const work = call();
  lastRequest().break();
  const error = await failureOf(work);
  expect(error.message).toMatch(/status code: 0/);
  expect(verdictOf(error)).toBe('gone');
  expect(error.notGrpc).toBe(false);
});

test.each([503, 502, 504])('a live Envoy without its server: HTTP status %i', async (status) => {
  const work = call();
  lastRequest().begin({ status });
  lastRequest().end();
  expect(verdictOf(await failureOf(work))).toBe('gone');
});

test.each([401, 403, 404])('a proxy\'s HTTP status %i is not the word of a Parley server', async (status) => {
  const work = call();
  lastRequest().begin({ status, headers: { 'content-type': 'text/html' } });
  lastRequest().end();
  const error = await failureOf(work);
  expect(verdictOf(error)).toBe('gone');
  expect(error.notGrpc).toBe(true);
});

test('a web page is not the word of a Parley server', async () => {
  const work = call();
  lastRequest().begin({ status: 200, headers: { 'content-type': 'text/html' } });
  lastRequest().receive('<!doctype html>');
  lastRequest().end();
  const error = await failureOf(work);
  expect(verdictOf(error)).toBe('gone');
  expect(error.notGrpc).toBe(true);
});

test('an answer that ends before it is complete', async () => {
  const work = call();
  lastRequest().begin({ status: 200, headers: TEXT });
  lastRequest().end();
  expect(verdictOf(await failureOf(work))).toBe('gone');
});

test('a refusal in the headers: code, words and reason', async () => {
  const work = call();
  lastRequest().begin({
    status: 200,
    headers: { ...TEXT, 'grpc-status': '5', 'grpc-message': 'No account is named %22b%C3%B6b%22.', 'grpc-status-details-bin': details('ACCOUNT_NOT_FOUND') },
  });
  lastRequest().end();
  expect(await failureOf(work)).toMatchObject({ code: GrpcCode.NOT_FOUND, reason: 'ACCOUNT_NOT_FOUND', message: 'No account is named "böb".' });
});

test('a refusal in the trailers of the body: the same', async () => {
  const work = call();
  lastRequest().begin({ status: 200, headers: TEXT });
  lastRequest().receive(trailers({ 'grpc-status': '14', 'grpc-message': 'shutting down', 'grpc-status-details-bin': details('DRAINING') }));
  lastRequest().end();
  const error = await failureOf(work);
  expect(error).toMatchObject({ code: GrpcCode.UNAVAILABLE, reason: 'DRAINING' });
  expect(verdictOf(error)).toBe('aside');
});

test('an aborted call is cancelled', () => {
  const controller = new AbortController();
  void call(controller.signal);
  const request = lastRequest();
  controller.abort();
  expect(request.aborted).toBe(true);
});

describe('the live stream', () => {
  const events: SubscribeResponse['event'][] = [];
  const ends: (CallError | undefined)[] = [];
  const heartbeat = data(subscribe.responseType.encode({ event: { $case: 'heartbeat', value: { resume: Uint8Array.of(7) } } }).finish());

  function open(): () => void {
    return channel.subscribe({ resume: new Uint8Array(), seen: [], messageIds: [] }, 'secret', { event: ({ event }) => events.push(event), end: (error) => ends.push(error) });
  }

  beforeEach(() => {
    events.length = 0;
    ends.length = 0;
  });

  test('brings events one by one, without a deadline', () => {
    open();
    expect(lastRequest().requestHeaders.has('grpc-timeout')).toBe(false);
    lastRequest().begin({ status: 200, headers: TEXT });
    lastRequest().receive(heartbeat);
    lastRequest().receive(heartbeat);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ $case: 'heartbeat', value: { resume: Uint8Array.of(7) } });
  });

  test('ends once when the connection breaks', () => {
    open();
    lastRequest().begin({ status: 200, headers: TEXT });
    lastRequest().receive(heartbeat);
    lastRequest().break();
    expect(ends.map(verdictOf)).toEqual(['gone']);
  });

  test('ends once with the server\'s reason', () => {
    open();
    lastRequest().begin({ status: 200, headers: TEXT });
    lastRequest().receive(trailers({ 'grpc-status': '14', 'grpc-message': 'long enough', 'grpc-status-details-bin': details('STREAM_ENDED') }));
    lastRequest().end();
    expect(ends.map(verdictOf)).toEqual(['renew']);
  });

  test('says nothing more once it is cancelled', () => {
    const cancel = open();
    lastRequest().begin({ status: 200, headers: TEXT });
    cancel();
    expect(lastRequest().aborted).toBe(true);
    expect(ends).toEqual([]);
  });
});
