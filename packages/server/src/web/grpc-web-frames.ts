/**
 * The gRPC-Web wire format (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md): frames of one flag byte, a
 * length of four bytes, big-endian, and so many bytes. The text form is the same in base64, because browsers' XHR
 * streams only text.
 */

const FRAME_HEADER_BYTES = 5;
const MESSAGE_FLAG = 0x00;
const TRAILERS_FLAG = 0x80;

export type WireFormat = 'binary' | 'text';

/** A request's body is not one whole, uncompressed message. The text is for the caller. */
export class BadFrame extends Error {}

/** The format that a `content-type` or `accept` header names; undefined when it is not gRPC-Web. */
export function wireFormat(header: string | undefined): WireFormat | undefined {
  const type = header?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/grpc-web-text' || type === 'application/grpc-web-text+proto') return 'text';
  if (type === 'application/grpc-web' || type === 'application/grpc-web+proto') return 'binary';
  return undefined;
}

export function contentType(format: WireFormat): string {
  return format === 'text' ? 'application/grpc-web-text+proto' : 'application/grpc-web+proto';
}

/** How many bytes a body has at most, whose message has at most `messageBytes`. */
export function largestBody(messageBytes: number, format: WireFormat): number {
  const framed = messageBytes + FRAME_HEADER_BYTES;
  return format === 'text' ? Math.ceil(framed / 3) * 4 : framed;
}

/** The one message in a request's body. Throws BadFrame. */
export function decodeRequest(body: Buffer, format: WireFormat): Buffer {
  const bytes = format === 'text' ? fromBase64(body) : body;
  if (bytes.length < FRAME_HEADER_BYTES) throw new BadFrame('the body is shorter than one gRPC-Web frame');
  if (bytes.readUInt8(0) !== MESSAGE_FLAG) throw new BadFrame('the body does not start with an uncompressed message');
  const message = bytes.subarray(FRAME_HEADER_BYTES);
  if (bytes.readUInt32BE(1) !== message.length) throw new BadFrame('the body is not exactly one message');
  return message;
}

export function encodeMessage(message: Uint8Array, format: WireFormat): Buffer | string {
  return encodeFrame(MESSAGE_FLAG, message, format);
}

/** The last frame of a response: header lines, lower case, as in HTTP/1.1. Values are ASCII. */
export function encodeTrailers(trailers: ReadonlyMap<string, string>, format: WireFormat): Buffer | string {
  const lines = [...trailers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return encodeFrame(TRAILERS_FLAG, Buffer.from(lines, 'latin1'), format);
}

/** `text` as the `grpc-message` trailer carries it: every byte outside printable ASCII, and `%`, as %XX. */
export function percentEncode(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** A `grpc-timeout` header (`1500m`) in milliseconds; undefined when it is absent or not one. */
export function timeoutMs(header: string | undefined): number | undefined {
  const parts = /^(\d{1,8})([HMSmun])$/.exec(header ?? '');
  const unit = MS_PER_UNIT[parts?.[2] ?? ''];
  return unit === undefined ? undefined : Number(parts?.[1]) * unit;
}

function encodeFrame(flag: number, payload: Uint8Array, format: WireFormat): Buffer | string {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  frame.writeUInt8(flag, 0);
  frame.writeUInt32BE(payload.length, 1);
  frame.set(payload, FRAME_HEADER_BYTES);
  return format === 'text' ? frame.toString('base64') : frame;
}

function fromBase64(body: Buffer): Buffer {
  const text = body.toString('latin1');
  // Buffer.from skips what is not base64; a body that was cut or mangled shall not become another message.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new BadFrame('the body is not base64');
  return Buffer.from(text, 'base64');
}
