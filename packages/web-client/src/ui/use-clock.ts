import { useEffect, useReducer } from 'react';

/**
 * The time now, for what depends on it: the component renders again at `nextAt(now)`, if that gives a time.
 * Milliseconds since 1970-01-01 UTC.
 */
export function useClock(nextAt: (now: number) => number | undefined): number {
  const [tick, wake] = useReducer((count: number) => count + 1, 0);
  const now = Date.now();
  const at = nextAt(now);
  useEffect(() => {
    if (at === undefined) return undefined;
    const timer = window.setTimeout(wake, Math.max(0, at - Date.now()));
    return () => window.clearTimeout(timer);
    // `tick`: a timer may fire a moment early; then the same time is waited for once more.
  }, [at, tick]);
  return now;
}

/** The first of `times` that is still to come. */
export const nextOf = (times: readonly number[], now: number): number | undefined => times.filter((time) => time > now).sort((a, b) => a - b)[0];
