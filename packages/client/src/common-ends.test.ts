import { changedBetween, commonEnds } from './common-ends.ts';

test.each([
  ['', '', 0, 0],
  ['', 'ab', 0, 0],
  ['ab', 'ab', 2, 0],
  ['ab', 'abc', 2, 0],
  ['bc', 'abc', 0, 2],
  ['abc', 'axc', 1, 1],
  ['abcd', 'ad', 1, 1],
  ['aa', 'aaa', 2, 0],
  ['ab', 'cd', 0, 0],
])('%s and %s share %i and %i', (before, after, start, end) => expect(commonEnds([...before], [...after])).toEqual({ start, end }));

test('what went and what came', () => expect(changedBetween(['a', 'b', 'c', 'd'], ['a', 'x', 'y', 'd'])).toEqual({ went: ['b', 'c'], came: ['x', 'y'] }));
