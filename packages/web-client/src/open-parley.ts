import { BrowserClient } from '@parley/client/tabs/open-client';

/**
 * The client of this page: one engine serves all its tabs, wherever a browser allows that. What a browser lacks, and on plain http, is undefined.
 * The engine's code is loaded by the page only where it has to run there.
 */
export function openParley(): BrowserClient {
  return new BrowserClient({
    name: 'parley',
    startWorker: typeof SharedWorker === 'undefined' ? undefined : () => new SharedWorker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name: 'parley' }),
    loadEngine: async () => {
      const { createClient } = await import('./create-client.ts');
      return (clock) => createClient(window.location.origin, clock);
    },
    startTimers: typeof Worker === 'undefined' ? undefined : () => new Worker(new URL('./timer-worker.ts', import.meta.url), { type: 'module' }),
    locks: typeof navigator.locks === 'undefined' ? undefined : navigator.locks,
    openChannel: typeof BroadcastChannel === 'undefined' ? undefined : (name) => new BroadcastChannel(name),
  });
}
