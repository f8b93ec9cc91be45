import { accountIdOf, directConversationId, ID_PATTERN, randomId } from './ids.ts';

test('ids are 26 characters of base32, and hashes of what they are made from', () => {
  expect(randomId()).toMatch(ID_PATTERN);
  expect(randomId()).not.toBe(randomId());
  expect(accountIdOf(new Uint8Array(32))).toMatch(ID_PATTERN);
  expect(accountIdOf(new Uint8Array(32))).toBe(accountIdOf(new Uint8Array(32)));
});

test('the direct conversation of two accounts has the id that every client and server makes', () => {
  const [a, b] = ['aaaaaaaaaaaaaaaaaaaaaaaaaa', '77777777777777777777777777'];
  expect(directConversationId(a, b)).toBe('oeredc3jdebkawtm2w5t7aqmkq');
  expect(directConversationId(b, a)).toBe('oeredc3jdebkawtm2w5t7aqmkq');
});
