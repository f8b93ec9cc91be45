/**
 * The page's own files, kept by the browser, so that the page opens when the server of its address is dead. Calls to servers do not pass here.
 *
 * The kept files are used first, whatever the network does. A new version is fetched beside them as a whole, and serves from the next load on.
 */

/** What the page of one version consists of. */
export interface Shell {
  readonly version: string;
  /** Paths from the root; `/` is the page itself. */
  readonly files: readonly string[];
}

/** As much of a ServiceWorkerGlobalScope as is used. */
export interface ShellScope {
  readonly location: { readonly origin: string };
  readonly caches: CacheStorage;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { readonly type: 'window'; readonly includeUncontrolled: true }): Promise<readonly ShownPage[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  fetch(request: Request): Promise<Response>;
  addEventListener(type: 'install' | 'activate', listener: (event: WaitingEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: RequestEvent) => void): void;
  addEventListener(type: 'notificationclick', listener: (event: NotificationEvent) => void): void;
}

interface ShownPage {
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}
export interface WaitingEvent {
  waitUntil(work: Promise<unknown>): void;
}
export interface RequestEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
export interface NotificationEvent extends WaitingEvent {
  readonly notification: { readonly data: unknown; close(): void };
}

const PREFIX = 'parley-shell-';
/** The one before the newest is kept too: open pages still load parts of it. */
const KEPT_VERSIONS = 2;

export function serveShell(scope: ShellScope, { version, files }: Shell): void {
  const name = `${PREFIX}${version}`;
  const known = new Set(files);

  /** All files or none: a version that is not complete must not serve. */
  async function keep(): Promise<void> {
    const cache = await scope.caches.open(name);
    // The browser's own cache may have some of the version before.
    await cache.addAll(files.map((path) => new Request(new URL(path, scope.location.origin), { cache: 'no-cache' })));
    await scope.skipWaiting();
  }

  async function dropOld(): Promise<void> {
    // In the order in which they were made.
    const names = (await scope.caches.keys()).filter((each) => each.startsWith(PREFIX));
    const old = names.filter((each) => each !== name).slice(0, 1 - KEPT_VERSIONS);
    await Promise.all(old.map((each) => scope.caches.delete(each)));
    await scope.clients.claim();
  }

  async function answer(request: Request, path: string): Promise<Response> {
    const cache = await scope.caches.open(name);
    // Files of the version before have other names; only `/` and what stands beside it is the same in all.
    return (await cache.match(path)) ?? (await scope.caches.match(request)) ?? scope.fetch(request);
  }

  async function show(hash: unknown): Promise<void> {
    const [page] = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
    if (page === undefined) return void (await scope.clients.openWindow(`/${typeof hash === 'string' ? hash : ''}`));
    page.postMessage({ show: hash });
    await page.focus();
  }

  scope.addEventListener('install', (event) => event.waitUntil(keep()));
  scope.addEventListener('activate', (event) => event.waitUntil(dropOld()));
  scope.addEventListener('fetch', (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== 'GET' || origin !== scope.location.origin) return;
    if (known.has(pathname) || pathname.startsWith('/assets/')) event.respondWith(answer(request, pathname));
  });
  scope.addEventListener('notificationclick', (event) => {
    event.notification.close();
    event.waitUntil(show(event.notification.data));
  });
}
