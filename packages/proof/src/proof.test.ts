import { deriveKey, isProofBy, makeProof, readSecretLines } from './proof.ts';

const key = deriveKey('a secret of more than thirty-two characters', 'replication');

test('a proof is right by the key that made it, and by no other', () => {
  const proof = makeProof(key);
  expect(isProofBy(key, proof)).toBe(true);
  expect(isProofBy(key, makeProof(key))).toBe(true);
  expect(isProofBy(deriveKey('a secret of more than thirty-two characters', 'sessions'), proof)).toBe(false);
  expect(isProofBy(deriveKey('another secret of more than thirty-two chars', 'replication'), proof)).toBe(false);
  for (const wrong of ['', '.', 'nonce', `x${proof}`, `${proof}x`, proof.replace('.', ''), proof.slice(0, -1)]) expect(isProofBy(key, wrong)).toBe(false);
});

test('keys do not change from one version to the next: replicas of two versions prove themselves to each other', () => {
  expect(key.toString('hex')).toBe('835e255bb4a7993195fe3104c561149cb73231fa27236bafe2b9f580cbe10b4e');
});

test('a secret file has one secret a line; blank lines and spaces around do not count; none or a short one is refused', () => {
  const [one, other] = ['1'.repeat(32), '2'.repeat(32)];
  expect(readSecretLines(`\n ${one} \r\n\n${other}\n`)).toEqual([one, other]);
  expect(() => readSecretLines(' \n')).toThrow('it is empty');
  expect(() => readSecretLines(`${one}\nshort`)).toThrow('shorter than 32');
});
