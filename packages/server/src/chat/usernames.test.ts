import { canonicalUsername, checkTypedName, checkUsername, meant } from './usernames.ts';

test('names that look alike to people are one: letter case, compatibility forms, combining marks, ß and ss', () => {
  const same = [['ALICE', 'alice'], ['Ａlice', 'alice'], ['Zoe\u0308', 'ZOË'], ['Straße', 'STRASSE'], ['ﬁn', 'fin'], ['Σίσυφος', 'ΣΊΣΥΦΟΣ']];
  for (const [a = '', b = ''] of same) expect(canonicalUsername(a)).toBe(canonicalUsername(b));
  expect(canonicalUsername('alice')).not.toBe(canonicalUsername('alicе')); // the last one is Cyrillic
});

test.each(['a', '玛丽', 'иван.petrov', 'o_O-1', 'ö', 'x'.repeat(32)])('%s may be claimed', (name) => {
  expect(checkUsername('username', name)).toBe(name);
});

test.each(['', ' ', 'a b', 'a/b', 'a~b', 'a@b', '👋', 'x'.repeat(33), 'a\u0000', '*', 'a／b', '\u202eabc'])('%j may not', (name) => {
  expect(() => checkUsername('username', name)).toThrow();
});

test('[U2] a typed name may mean all that claim it; with its suffix only that one', () => {
  const claims = [{ accountId: 'first', username: 'Zoë' }, { accountId: 'k3f9aaaa', username: 'zoë~k3f9' }];
  const typed = (name: string) => checkTypedName('username', name);
  expect(meant(claims, typed('ZOË')).map(({ accountId }) => accountId)).toEqual(['first', 'k3f9aaaa']);
  expect(meant(claims, typed('zoë~K3F9')).map(({ accountId }) => accountId)).toEqual(['k3f9aaaa']);
  expect(meant(claims, typed('zoë~none'))).toEqual([]);
  for (const name of ['a~b~c', '', 'a b']) expect(() => typed(name)).toThrow();
});
