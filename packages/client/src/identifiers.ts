import type { Random } from './random.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_BYTES = 16;

/** SHA-256. */
export type Digest = (data: Uint8Array) => Uint8Array;

/** RFC 4648, lower case, no padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((value >>> bits) & 31);
    }
  }
  return bits > 0 ? text + ALPHABET.charAt((value << (5 - bits)) & 31) : text;
}

/** A new id: 128 random bits, 26 characters. */
export function newId(random: Random): string {
  return base32(random.bytes(ID_BYTES));
}

/** The id of the direct conversation between two accounts, the same for both (see Conversation in chat.proto). */
export function directConversationId(one: string, other: string, digest: Digest): string {
  const [first, second] = one < other ? [one, other] : [other, one];
  const text = `parley direct conversation\n${first}\n${second}`;
  return base32(digest(new TextEncoder().encode(text)).subarray(0, ID_BYTES));
}
