import type { Clock } from '../src/clock.ts';
import { type TimerPort, serveTimers } from '../src/tabs/worker-clock.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A tab that has been in the background for long has its timers looked at once a minute. */
const LOOKED_AT_EVERY_MS = 60_000;

/** The clock of such a tab: timers are late, what comes from the network is not. */
export function backgroundClock(clock: VirtualClock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimeout: (callback, ms) => {
      const due = clock.monotonic() + Math.max(0, ms);
      return clock.setTimeout(callback, Math.ceil((due + 1) / LOOKED_AT_EVERY_MS) * LOOKED_AT_EVERY_MS - clock.monotonic());
    },
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
}

/** A worker that keeps time, from its tab; its own timers are on time. `isDead`: it says nothing. */
export function timerWorker(clock: VirtualClock, isDead = false): TimerPort {
  const inTab: TimerPort = { onmessage: null, postMessage: (data) => queueMicrotask(() => inWorker.onmessage?.({ data } as MessageEvent)) };
  const inWorker: TimerPort = { onmessage: null, postMessage: (data) => queueMicrotask(() => inTab.onmessage?.({ data } as MessageEvent)) };
  if (!isDead) serveTimers(inWorker, clock);
  return inTab;
}
