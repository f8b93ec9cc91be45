import { isImpossible, nextHlc } from './clock.ts';
import { compareStamps } from './stamp.ts';
import { VersionVector } from './version-vector.ts';

const hash = (byte: number) => new Uint8Array(16).fill(byte);

test('[K1] the clock goes with the wall clock, and on from the highest seen where that is ahead', () => {
  const wall = Date.UTC(2026, 5, 1);
  const first = nextHlc(0, wall);
  expect(nextHlc(first, wall)).toBe(first + 1);
  expect(nextHlc(first, wall + 1)).toBe(first + 4096);
  expect(nextHlc(first, wall - 60_000)).toBe(first + 1);
  expect(Number.isSafeInteger(nextHlc(0, Date.UTC(2080, 11, 31)) + 4095)).toBe(true);
});

test('[K2] an impossible wall clock is refused at start', () => {
  expect([Date.UTC(1970, 0, 1), Date.UTC(2023, 11, 31), Date.UTC(2026, 0, 1), Date.UTC(2081, 0, 2)].map(isImpossible)).toEqual([true, true, false, true]);
});

test('stamps are ordered by clock, then origin, then seq', () => {
  const sorted = [{ hlc: 1, origin: 2, seq: 1 }, { hlc: 2, origin: 1, seq: 1 }, { hlc: 2, origin: 1, seq: 2 }, { hlc: 2, origin: 3, seq: 1 }];
  expect([...sorted].reverse().sort(compareStamps)).toEqual(sorted);
});

test('a vector reaches another by number, and equals it by number and hash', () => {
  const a = new VersionVector([{ origin: 1, seq: 3, hash: hash(1) }, { origin: 2, seq: 1, hash: hash(2) }]);
  expect(a.reaches([{ origin: 1, seq: 2 , hash: hash(9) }])).toBe(true);
  expect(a.reaches([{ origin: 3, seq: 1, hash: hash(1) }])).toBe(false);
  expect(a.equals(new VersionVector(a))).toBe(true);
  expect(a.equals(new VersionVector([{ origin: 1, seq: 3, hash: hash(1) }, { origin: 2, seq: 1, hash: hash(3) }]))).toBe(false);
  a.raise([{ origin: 1, seq: 2, hash: hash(7) }, { origin: 2, seq: 5, hash: hash(8) }]);
  expect([...a]).toEqual([{ origin: 1, seq: 3, hash: hash(1) }, { origin: 2, seq: 5, hash: hash(8) }]);
});
