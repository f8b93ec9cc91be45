import type { Channel } from '../src/tabs/channel-ports.ts';
import type { Locks } from '../src/tabs/own-engine.ts';

/** What tabs of one browser share: locks, and channels by name. Messages are cloned. */
export class FakeBrowser {
  readonly #waiting = new Map<string, FakeTab[]>();
  readonly #channels = new Map<string, Set<FakeChannel>>();

  newTab(): FakeTab {
    return new FakeTab(this);
  }

  request(tab: FakeTab, name: string, hold: () => Promise<void>): Promise<void> {
    const queue = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, queue);
    return new Promise((resolve) => {
      tab.hold = async () => {
        await Promise.race([hold(), tab.gone]);
        queue.splice(queue.indexOf(tab), 1);
        void queue[0]?.hold?.();
        resolve();
      };
      queue.push(tab);
      if (queue[0] === tab) void tab.hold();
    });
  }

  leave(tab: FakeTab): void {
    for (const queue of this.#waiting.values()) if (queue[0] !== tab && queue.includes(tab)) queue.splice(queue.indexOf(tab), 1);
  }

  channels(name: string): Set<FakeChannel> {
    const channels = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, channels);
    return channels;
  }
}

class FakeChannel implements Channel {
  onmessage: ((event: MessageEvent) => void) | null = null;
  readonly #all: Set<FakeChannel>;
  readonly #tab: FakeTab;

  constructor(all: Set<FakeChannel>, tab: FakeTab) {
    this.#all = all;
    this.#tab = tab;
    all.add(this);
  }

  postMessage(message: unknown): void {
    if (this.#tab.isGone) return;
    const data: unknown = structuredClone(message);
    for (const other of this.#all) if (other !== this) queueMicrotask(() => other.onmessage?.({ data } as MessageEvent));
  }

  close(): void {
    this.#all.delete(this);
  }
}

/** What one tab has of its browser, until it crashes. */
export class FakeTab {
  isGone = false;
  hold: (() => Promise<void>) | undefined;
  readonly gone: Promise<void>;
  readonly locks: Locks;
  readonly #browser: FakeBrowser;
  readonly #opened: FakeChannel[] = [];
  #go: () => void = () => undefined;

  constructor(browser: FakeBrowser) {
    this.#browser = browser;
    this.gone = new Promise((resolve) => {
      this.#go = resolve;
    });
    this.locks = { request: (name, hold) => browser.request(this, name, hold) };
  }

  readonly openChannel = (name: string): Channel => {
    const channel = new FakeChannel(this.#browser.channels(name), this);
    this.#opened.push(channel);
    return channel;
  };

  /** It is gone without a word: its locks fall to others. */
  crash(): void {
    this.isGone = true;
    for (const channel of this.#opened) channel.close();
    this.#browser.leave(this);
    this.#go();
  }
}
