import { useSyncExternalStore } from 'react';
import { replace, routeOf } from '../route.ts';

/** Browsers look for a new version with each load; a page that stays open for days asks by itself, when it is looked at. */
const LOOK_EVERY_MS = 60 * 60 * 1_000;

const listeners = new Set<() => void>();
let isNewer = false;

/** Lets the browser keep the page's files, where it can: not on plain http, but for localhost. Called once, by the page's start. */
export function keepShell(): void {
  // Undefined on plain http, whatever its type says.
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined) return;
  let served = workers.controller !== null;
  workers.addEventListener('controllerchange', () => {
    // The first one serves the version that is shown.
    if (served) {
      isNewer = true;
      listeners.forEach((listener) => listener());
    }
    served = true;
  });
  workers.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'object' && data !== null && 'show' in data && typeof data.show === 'string') replace(routeOf(data.show));
  });
  workers.register('/sw.js').then(lookAgain, () => {
    // Nothing is kept then, as on plain http.
  });
}

function lookAgain(registration: ServiceWorkerRegistration): void {
  let lookedAt = Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' || Date.now() < lookedAt + LOOK_EVERY_MS) return;
    lookedAt = Date.now();
    // Where the server is dead, the next look finds it.
    registration.update().catch(() => undefined);
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether a newer version of the page than the one that is shown will be used from the next load on. */
export function useNewerShell(): boolean {
  return useSyncExternalStore(subscribe, () => isNewer);
}
