import { PeerClock } from './peer-clock.ts';

const NOW = Date.UTC(2026, 0, 1);

describe('how far a peer’s clock is', () => {
  test('is told by the answer with the shortest round trip, less half of that', () => {
    const clock = new PeerClock();
    expect(clock.offsetMs).toBeUndefined();
    clock.take(NOW + 1000, NOW + 200, 200);
    expect(clock.offsetMs).toBe(900);
    clock.take(NOW + 1000, NOW + 10, 20);
    clock.take(NOW + 1000, NOW + 4000, 4000);
    expect(clock.offsetMs).toBe(1000);
    // What was measured long ago says nothing of now.
    for (let i = 0; i < 8; i++) clock.take(NOW + 1500, NOW, 40);
    expect(clock.offsetMs).toBe(1520);
    clock.take(0, NOW, 1);
    expect(clock.offsetMs).toBe(1520);
  });

  test('[K3] is an alarm beyond 5 s, either way, once each time; a slow answer alone is none', () => {
    for (const sign of [1, -1]) {
      const clock = new PeerClock();
      const take = (offsetMs: number, roundTripMs = 10) => clock.take(NOW + sign * offsetMs, NOW + roundTripMs / 2, roundTripMs);
      expect([take(4900), take(12_000, 15_000)]).toEqual([undefined, undefined]);
      expect([take(5100, 9), take(5200, 8), clock.isAlarming]).toEqual(['begins', undefined, true]);
      expect([take(4500, 7), clock.isAlarming]).toEqual([undefined, true]);
      expect([take(100, 6), clock.isAlarming]).toEqual(['ends', false]);
      expect(take(9000, 5)).toBe('begins');
    }
  });
});
