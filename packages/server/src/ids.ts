import { hash } from 'node:crypto';
import { type RandomBytes, systemRandom } from './random.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_BYTES = 16;
/** Every id: 128 bits in lower-case base32 (RFC 4648), no padding. */
export const ID_PATTERN = /^[a-z2-7]{26}$/;

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >>> bits) & 31];
    }
  }
  if (bits > 0) text += ALPHABET[(value << (5 - bits)) & 31];
  return text;
}

export function randomId(random: RandomBytes = systemRandom): string {
  return base32(random(ID_BYTES));
}

/** The id that is the hash of what it is made from: everybody who has that makes the same one. */
export function hashId(...parts: (string | Uint8Array)[]): string {
  return base32(hash('sha256', Buffer.concat(parts.map((part) => Buffer.from(part))), 'buffer').subarray(0, ID_BYTES));
}

/** The id of an account, from the nonce that its client made and shows to nobody. */
export function accountIdOf(nonce: Uint8Array): string {
  return hashId('parley account\n', nonce);
}

/** The id of the direct conversation of two accounts (see Conversation in chat.proto). */
export function directConversationId(one: string, other: string): string {
  const [a, b] = one < other ? [one, other] : [other, one];
  return hashId(`parley direct conversation\n${a}\n${b}`);
}
