import { BadFrame, decodeRequest, encodeMessage, encodeTrailers, largestBody, percentEncode, timeoutMs, wireFormat } from './grpc-web-frames.ts';

const framed = (payload: string, flag = 0): Buffer => {
  const header = Buffer.alloc(5);
  header.writeUInt8(flag, 0);
  header.writeUInt32BE(Buffer.byteLength(payload), 1);
  return Buffer.concat([header, Buffer.from(payload)]);
};

describe('wireFormat', () => {
  test.each([
    ['application/grpc-web-text', 'text'],
    ['application/grpc-web-text+proto; charset=utf-8', 'text'],
    ['application/grpc-web', 'binary'],
    ['Application/grpc-web+proto', 'binary'],
    ['application/grpc', undefined],
    ['application/grpc-web+json', undefined],
    [undefined, undefined],
  ])('%s is %s', (header, format) => {
    expect(wireFormat(header)).toBe(format);
  });
});

describe('decodeRequest', () => {
  test('takes the message out of both formats', () => {
    expect(decodeRequest(framed('hello'), 'binary').toString()).toBe('hello');
    expect(decodeRequest(Buffer.from(framed('hello').toString('base64')), 'text').toString()).toBe('hello');
    expect(decodeRequest(framed(''), 'binary')).toHaveLength(0);
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'binary'],
    ['a cut header', framed('hello').subarray(0, 4), 'binary'],
    ['a cut message', framed('hello').subarray(0, 8), 'binary'],
    ['two messages', Buffer.concat([framed('a'), framed('b')]), 'binary'],
    ['a compressed message', framed('hello', 1), 'binary'],
    ['trailers', framed('a: b', 0x80), 'binary'],
    ['something that is not base64', Buffer.from('AAAA!AAA'), 'text'],
    ['cut base64', Buffer.from(framed('hello').toString('base64').slice(0, -1)), 'text'],
  ] as const)('refuses %s', (_name, body, format) => {
    expect(() => decodeRequest(body, format)).toThrow(BadFrame);
  });
});

test('a body of the largest size holds the largest message', () => {
  const message = 'x'.repeat(1000);
  expect(framed(message)).toHaveLength(largestBody(1000, 'binary'));
  expect(framed(message).toString('base64')).toHaveLength(largestBody(1000, 'text'));
});

test('messages and trailers are frames, in text each by itself in base64', () => {
  expect(encodeMessage(Buffer.from('hello'), 'binary')).toEqual(framed('hello'));
  expect(encodeMessage(Buffer.from('hello'), 'text')).toBe(framed('hello').toString('base64'));
  expect(encodeTrailers(new Map([['grpc-status', '5'], ['grpc-message', 'no such']]), 'binary')).toEqual(framed('grpc-status: 5\r\ngrpc-message: no such\r\n', 0x80));
});

test('grpc-message is percent-encoded, and decodeURIComponent gives it back', () => {
  const text = '100 % – "zoë"\r\nx: y';
  expect(percentEncode(text)).toMatch(/^[ -~]*$/);
  expect(decodeURIComponent(percentEncode(text))).toBe(text);
});

test.each([['1500m', 1500], ['2S', 2000], ['1M', 60_000], ['1H', 3_600_000], ['500u', 0.5], ['', undefined], ['1.5S', undefined], ['123456789m', undefined], ['5x', undefined]])(
  'grpc-timeout %p is %p ms',
  (header, ms) => {
    expect(timeoutMs(header)).toBe(ms);
  },
);
