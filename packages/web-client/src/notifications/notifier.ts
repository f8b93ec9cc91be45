/** As much of the browser's Web Locks as is used. A lock goes with its tab, however that ends. */
export interface TabLocks {
  request(name: string, options: { readonly mode?: 'shared' | 'exclusive'; readonly signal: AbortSignal }, held: () => Promise<void>): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

/** Held by each tab that can be seen. */
const SHOWN = 'parley-shown';
/** Held by the one tab that notifies for all. */
const NOTIFIES = 'parley-notifies';

export interface NotifierParts {
  readonly locks: TabLocks;
  readonly page: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;
  readonly show: (title: string, options: NotificationOptions) => Promise<void>;
}

/** Notifies of what comes in while no tab can be seen: once a browser, however many tabs it has. */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #stopped = new AbortController();
  #notifies = false;
  #hide: (() => void) | undefined;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    parts.page.addEventListener('visibilitychange', this.#lookAgain);
    this.#lookAgain();
    void this.#hold(NOTIFIES, 'exclusive', () => {
      this.#notifies = true;
      return new Promise((resolve) => this.#stopped.signal.addEventListener('abort', () => resolve()));
    });
  }

  /** `id`: the same notification again takes the place of the first. `hash`: the fragment of the view that a click leads to. */
  async tell(title: string, body: string, id: string, hash: string): Promise<void> {
    if (!this.#notifies || this.#stopped.signal.aborted) return;
    const { held = [] } = await this.#parts.locks.query();
    if (held.some(({ name }) => name === SHOWN)) return;
    await this.#parts.show(title, { body, tag: id, data: hash, icon: '/icon-192.png' });
  }

  stop(): void {
    this.#parts.page.removeEventListener('visibilitychange', this.#lookAgain);
    this.#stopped.abort();
    this.#hide?.();
  }

  readonly #lookAgain = (): void => {
    this.#hide?.();
    this.#hide = undefined;
    if (this.#parts.page.visibilityState !== 'visible') return;
    const hidden = new Promise<void>((resolve) => {
      this.#hide = resolve;
    });
    void this.#hold(SHOWN, 'shared', () => hidden);
  };

  async #hold(name: string, mode: 'shared' | 'exclusive', held: () => Promise<void>): Promise<void> {
    try {
      await this.#parts.locks.request(name, { mode, signal: this.#stopped.signal }, held);
    } catch {
      // Stopped while it waited for its turn.
    }
  }
}
