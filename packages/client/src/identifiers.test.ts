import { createHash, randomBytes } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { base32, directConversationId, newId } from './identifiers.ts';
import { systemRandom } from './random.ts';

test('base32 is that of RFC 4648, in lower case and without padding', () => {
  const vectors = { '': '', f: 'my', fo: 'mzxq', foo: 'mzxw6', foob: 'mzxw6yq', fooba: 'mzxw6ytb', foobar: 'mzxw6ytboi' };
  for (const [text, expected] of Object.entries(vectors)) expect(base32(new TextEncoder().encode(text))).toBe(expected);
});

test('ids are 26 characters and never the same twice', () => {
  const ids = Array.from({ length: 100 }, () => newId(systemRandom));
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[a-z2-7]{26}$/);
});

test('a direct conversation has one id, whoever asks', () => {
  const [a, b] = ['aaaaaaaaaaaaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbbbbbbbbbbbb'];
  const expected = base32(createHash('sha256').update(`parley direct conversation\n${a}\n${b}`).digest().subarray(0, 16));
  expect(directConversationId(a, b, sha256)).toBe(expected);
  expect(directConversationId(b, a, sha256)).toBe(expected);
  expect(directConversationId(a, a, sha256)).not.toBe(expected);
  // The server's test has the same one.
  expect(directConversationId(a, '77777777777777777777777777', sha256)).toBe('oeredc3jdebkawtm2w5t7aqmkq');
});

test('the digest is SHA-256', () => {
  const data = randomBytes(100);
  expect(Buffer.from(sha256(data))).toEqual(createHash('sha256').update(data).digest());
});
