import { age, dayHeading, duration, lagTime, roundTrip, shortTime } from './times.ts';

const NOW = new Date(2026, 2, 5, 14, 2).getTime();
const at = (...parts: [number, number, number, number]): number => new Date(...parts).getTime();

test.each([
  [at(2026, 2, 5, 0), 'Today'],
  [at(2026, 2, 4, 23), 'Yesterday'],
  [at(2026, 2, 3, 12), 'Tuesday 3 March'],
  [at(2025, 11, 31, 12), 'Wednesday 31 December 2025'],
])('the heading of a day: %#', (time, heading) => {
  expect(dayHeading(time, NOW).replace(',', '')).toBe(heading);
});

test.each([
  [at(2026, 2, 4, 0), 'Yesterday'],
  [at(2026, 2, 2, 12), 'Mon'],
  [at(2026, 1, 20, 12), '20 Feb'],
  [at(2024, 1, 20, 12), '20 Feb 2024'],
])('the short time: %#', (time, expected) => {
  expect(shortTime(time, NOW)).toBe(expected);
});

test('today’s short time is the time of day, also for a clock that is ahead', () => {
  expect(shortTime(NOW, NOW)).toMatch(/02/);
  expect(shortTime(at(2026, 2, 6, 9), NOW)).toMatch(/9/);
});

test.each([
  [4, '4 ms'],
  [412, '0.4 s'],
  [1_310, '1.3 s'],
  [12_400, '12 s'],
])('%d ms took %s', (ms, expected) => expect(duration(ms)).toBe(expected));

test.each([
  [0, '1 s'],
  [12_900, '12 s'],
  [60_000, '1 min'],
  [5 * 3_600_000, '5 h'],
  [86_400_000, '1 day'],
  [3 * 86_400_000, '3 days'],
])('%d ms ago is %s', (ms, expected) => expect(age(ms)).toBe(expected));

test.each([
  [0, '0 ms'],
  [1_234, '1.2 s'],
  [59_000, '59 s'],
  [3 * 60_000, '3 min'],
])('%d ms behind is %s', (ms, expected) => expect(lagTime(ms)).toBe(expected));

test('a round trip is never nothing', () => expect([roundTrip(0.2), roundTrip(610.4)]).toEqual(['1 ms', '610 ms']));
