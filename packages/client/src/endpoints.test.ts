import { FakeRandom } from '../test/fake-random.ts';
import { answered, backoffMs, choose, deadlineMs, type Endpoint, failed, newEndpoint } from './endpoints.ts';

const random = new FakeRandom();
const NONE: ReadonlySet<string> = new Set();

function endpoint(address: string, roundTripMs?: number): Endpoint {
  return answered(newEndpoint(address), roundTripMs);
}

const pick = (endpoints: readonly Endpoint[], inUse?: string, exclude = NONE, now = 0): string | undefined =>
  choose(endpoints, inUse, exclude, now, random)?.address;

beforeEach(() => {
  random.next = 0.5;
});

describe('the choice of server', () => {
  test('stays with the one in use, also when another one answers faster', () => {
    expect(pick([endpoint('a', 200), endpoint('b', 2)], 'a')).toBe('a');
  });

  test('prefers the one that answers fastest', () => {
    expect(pick([endpoint('a', 200), endpoint('b', 2), endpoint('c')])).toBe('b');
  });

  test('is by chance among equals, so that clients of a dead server spread', () => {
    const equals = [endpoint('a', 3), endpoint('b', 5), endpoint('c', 4), endpoint('far', 90)];
    const chosen = [0, 0.4, 0.99].map((fraction) => {
      random.next = fraction;
      return pick(equals);
    });
    expect(chosen).toEqual(['a', 'b', 'c']);
  });

  test('is by chance among all where none was measured', () => {
    random.next = 0.99;
    expect(pick([endpoint('a'), endpoint('b'), endpoint('c')])).toBe('c');
  });

  test('leaves out a failed server until its backoff is over, then takes it only where none does well', () => {
    const down = failed(endpoint('a', 1), 1_000, random);
    expect(down.retryAt).toBe(1_125);
    expect(pick([down], undefined, NONE, 1_124)).toBeUndefined();
    expect(pick([down], undefined, NONE, 1_125)).toBe('a');
    expect(pick([down, endpoint('b', 500)], 'a', NONE, 1_125)).toBe('b');
  });

  test('leaves out what is excluded, the one in use too', () => {
    expect(pick([endpoint('a', 1), endpoint('b', 50)], 'a', new Set(['a']))).toBe('b');
    expect(pick([endpoint('a', 1)], 'a', new Set(['a']))).toBeUndefined();
  });
});

test('the backoff doubles from 250 ms to 5 s, with full jitter', () => {
  random.next = 1;
  expect([1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backoffMs(failures, random))).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  random.next = 0;
  expect(backoffMs(5, random)).toBe(0);
});

test('an answer ends the failures', () => {
  const twice = failed(failed(endpoint('a'), 0, random), 0, random);
  expect(twice.failures).toBe(2);
  expect(answered(twice, undefined)).toMatchObject({ failures: 0, retryAt: 0 });
});

test('round trips are smoothed', () => {
  expect(endpoint('a', 100).roundTripMs).toBe(100);
  expect(answered(endpoint('a', 100), 200).roundTripMs).toBeCloseTo(130);
  expect(answered(endpoint('a', 100), undefined).roundTripMs).toBe(100);
});

test('a call may take 1.5 s and four round trips', () => {
  expect(deadlineMs(endpoint('a', 100))).toBe(1_900);
  expect(deadlineMs(endpoint('a'))).toBe(1_500);
  expect(deadlineMs(undefined)).toBe(1_500);
});
