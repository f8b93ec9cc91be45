import { useState } from 'react';
import { nextOf, useClock } from './use-clock.ts';

/** What answers sooner is shown without a placeholder before it: that would only flicker. */
const PLACEHOLDER_AFTER_MS = 200;
/** Then a placeholder alone reads like a page that hangs. */
const STILL_LOADING_AFTER_MS = 5_000;

export type Waiting = 'briefly' | 'a-while' | 'long';

/** How long the component that calls it has been on the page, in the steps that a placeholder shows. */
export function useWaiting(): Waiting {
  const [since] = useState(Date.now);
  const steps = [since + PLACEHOLDER_AFTER_MS, since + STILL_LOADING_AFTER_MS];
  const now = useClock((time) => nextOf(steps, time));
  if (now < since + PLACEHOLDER_AFTER_MS) return 'briefly';
  return now < since + STILL_LOADING_AFTER_MS ? 'a-while' : 'long';
}
