import { type NotificationEvent, type RequestEvent, serveShell, type ShellScope, type WaitingEvent } from './serve-shell.ts';

const ORIGIN = 'http://localhost:8081';

/** A request, as much of it as counts. (Neither jsdom nor Node's own serve for those of a browser.) */
const request = (url: string, method = 'GET'): Request => ({ url: new URL(url, ORIGIN).href, method }) as Request;
const pathOf = (key: RequestInfo | URL): string => new URL(typeof key === 'object' && 'url' in key ? key.url : key, ORIGIN).pathname;

class FakeCache {
  readonly kept = new Map<string, string>();
  readonly fetch: (path: string) => string;

  constructor(fetch: (path: string) => string) {
    this.fetch = fetch;
  }
  async addAll(requests: readonly Request[]): Promise<void> {
    const bodies = requests.map((each): [string, string] => [pathOf(each), this.fetch(pathOf(each))]);
    for (const [path, body] of bodies) this.kept.set(path, body);
  }
  match(key: RequestInfo | URL): Promise<unknown> {
    return Promise.resolve(this.kept.get(pathOf(key)));
  }
}

/** A browser's side of the service worker, and the server behind it. */
class FakeBrowser {
  readonly caches = new Map<string, FakeCache>();
  readonly shown: { focus: () => Promise<void>; postMessage: (message: unknown) => void }[] = [];
  readonly opened: string[] = [];
  online = true;
  /** What the server has at each path. */
  files = new Map<string, string>();
  #listeners = new Map<string, (event: never) => void>();

  serve(version: string, files: Readonly<Record<string, string>>): void {
    this.files = new Map(Object.entries(files));
    this.#listeners = new Map();
    const scope = {
      location: { origin: ORIGIN },
      caches: {
        open: async (name: string) => this.caches.get(name) ?? this.caches.set(name, new FakeCache((path) => this.#load(path))).get(name),
        keys: async () => [...this.caches.keys()],
        delete: async (name: string) => this.caches.delete(name),
        match: async (key: Request) => [...this.caches.values()].map((cache) => cache.kept.get(pathOf(key))).find((body) => body !== undefined),
      },
      clients: { claim: async () => undefined, matchAll: async () => this.shown, openWindow: async (url: string) => this.opened.push(url) },
      skipWaiting: async () => undefined,
      fetch: async (asked: Request) => this.#load(pathOf(asked)),
      addEventListener: (type: string, listener: (event: never) => void) => this.#listeners.set(type, listener),
    };
    serveShell(scope as unknown as ShellScope, { version, files: Object.keys(files) });
  }

  #load(path: string): string {
    const body = this.online ? this.files.get(path) : undefined;
    if (body === undefined) throw new Error(`nothing at ${path}`);
    return body;
  }

  async wait(type: 'install' | 'activate' | 'notificationclick', more: object = {}): Promise<void> {
    let work: Promise<unknown> = Promise.resolve();
    const event: WaitingEvent = { waitUntil: (promise) => void (work = promise), ...more };
    this.#listeners.get(type)?.(event as never);
    await work;
  }

  async take(version: string, files: Readonly<Record<string, string>>): Promise<void> {
    this.serve(version, files);
    await this.wait('install');
    await this.wait('activate');
  }

  /** What a request is answered with; `passed on` where the service worker leaves it to the browser. */
  async ask(asked: Request): Promise<unknown> {
    let answer: Promise<unknown> = Promise.resolve('passed on');
    const event: RequestEvent = { request: asked, respondWith: (response) => void (answer = response) };
    this.#listeners.get('fetch')?.(event as never);
    return answer;
  }
}

const ONE = { '/': 'page 1', '/assets/index-1.js': 'script 1', '/icon.svg': 'icon 1' };
const TWO = { '/': 'page 2', '/assets/index-2.js': 'script 2', '/icon.svg': 'icon 2' };
const THREE = { '/': 'page 3', '/assets/index-3.js': 'script 3', '/icon.svg': 'icon 3' };

test('the page opens from what is kept when its server is dead', async () => {
  const browser = new FakeBrowser();
  await browser.take('1', ONE);
  browser.online = false;
  expect(await browser.ask(request('/'))).toBe('page 1');
  expect(await browser.ask(request('/?from=home-screen'))).toBe('page 1');
  expect(await browser.ask(request('/assets/index-1.js'))).toBe('script 1');
});

test('calls, other addresses and what is no file of the page pass by', async () => {
  const browser = new FakeBrowser();
  await browser.take('1', ONE);
  for (const other of [request('/', 'POST'), request('/config.json'), request('/parley.chat.v1.ChatService/GetCluster', 'POST'), request('http://localhost:8082/')]) {
    expect(await browser.ask(other)).toBe('passed on');
  }
});

test('a new version serves as a whole, and an open page still finds the parts of the one before', async () => {
  const browser = new FakeBrowser();
  await browser.take('1', ONE);
  await browser.take('2', TWO);
  browser.online = false;
  expect(await browser.ask(request('/'))).toBe('page 2');
  expect(await browser.ask(request('/icon.svg'))).toBe('icon 2');
  expect(await browser.ask(request('/assets/index-1.js'))).toBe('script 1');
});

test('of older versions nothing is kept', async () => {
  const browser = new FakeBrowser();
  await browser.take('1', ONE);
  await browser.take('2', TWO);
  await browser.take('3', THREE);
  expect([...browser.caches.keys()]).toEqual(['parley-shell-2', 'parley-shell-3']);
  await expect(browser.ask(request('/assets/index-1.js'))).rejects.toThrow('nothing at');
});

test('a version that is not complete is not taken', async () => {
  const browser = new FakeBrowser();
  await browser.take('1', ONE);
  browser.serve('2', TWO);
  browser.files.delete('/assets/index-2.js');
  await expect(browser.wait('install')).rejects.toThrow('nothing at /assets/index-2.js');
});

test('a notification that is clicked leads to its conversation, in the page that is open or in a new one', async () => {
  const browser = new FakeBrowser();
  await browser.take('1', ONE);
  const close = jest.fn();
  const notification: NotificationEvent['notification'] = { data: '#conversation=c1', close };
  await browser.wait('notificationclick', { notification });
  expect([browser.opened, close.mock.calls.length]).toEqual([['/#conversation=c1'], 1]);
  const page = { focus: jest.fn(async () => undefined), postMessage: jest.fn() };
  browser.shown.push(page);
  await browser.wait('notificationclick', { notification });
  expect(page.postMessage).toHaveBeenCalledWith({ show: '#conversation=c1' });
  expect(page.focus).toHaveBeenCalled();
  expect(browser.opened).toHaveLength(1);
});
