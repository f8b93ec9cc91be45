import type { ClientSnapshot, ParleyApi } from './api.ts';
import { cancelled, unreachable } from './failure.ts';

export interface WaitOptions {
  /** Give up after so many milliseconds; without it never. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Resolves to what `condition` makes of the client's snapshot as soon as that is neither undefined nor false. Rejects with what `condition` throws, with a
 * ParleyFailure UNREACHABLE after the timeout, and with CANCELLED when `signal` aborts.
 */
export function waitFor<Value>(
  client: ParleyApi,
  condition: (snapshot: ClientSnapshot) => Value | undefined | false,
  { timeoutMs, signal }: WaitOptions = {},
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => settle(() => reject(unreachable())), timeoutMs);
    const stop = client.subscribe(look);
    const cancel = (): void => settle(() => reject(cancelled()));
    signal?.addEventListener('abort', cancel);
    function settle(outcome: () => void): void {
      clearTimeout(timer);
      stop();
      signal?.removeEventListener('abort', cancel);
      outcome();
    }
    function look(): void {
      try {
        const value = condition(client.getSnapshot());
        if (value !== undefined && value !== false) settle(() => resolve(value));
      } catch (error) {
        settle(() => reject(error));
      }
    }
    if (signal?.aborted) cancel();
    else look();
  });
}
