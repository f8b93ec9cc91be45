import { Notifier, type TabLocks } from './notifier.ts';

interface Waiting {
  readonly name: string;
  readonly shared: boolean;
  grant(): void;
}

/** The locks of one browser: exclusive ones are granted in turn, shared ones beside each other. */
class FakeLocks implements TabLocks {
  #held: { name: string; shared: boolean }[] = [];
  #waiting: Waiting[] = [];

  request(name: string, { mode = 'exclusive', signal }: { mode?: 'shared' | 'exclusive'; signal: AbortSignal }, held: () => Promise<void>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const lock = { name, shared: mode === 'shared' };
      const waiting: Waiting = {
        ...lock,
        grant: () => {
          this.#held.push(lock);
          void held().then(() => {
            this.#held = this.#held.filter((each) => each !== lock);
            this.#grantNext();
            resolve(undefined);
          });
        },
      };
      signal.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        reject(new Error('aborted'));
      });
      this.#waiting.push(waiting);
      this.#grantNext();
    });
  }

  async query(): Promise<{ held: { name: string }[] }> {
    return { held: [...this.#held] };
  }

  #grantNext(): void {
    for (const waiting of this.#waiting) {
      if (this.#held.some((each) => each.name === waiting.name && !(each.shared && waiting.shared))) continue;
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      waiting.grant();
    }
  }
}

/** A tab with a notifier of its own. */
class FakeTab {
  readonly shown: string[] = [];
  readonly notifier: Notifier;
  readonly #listeners = new Set<() => void>();
  visibilityState: DocumentVisibilityState = 'hidden';

  constructor(locks: FakeLocks) {
    this.notifier = new Notifier({ locks, page: this as unknown as Document, show: async (title, { body }) => void this.shown.push(`${title}: ${body}`) });
  }
  addEventListener(_type: string, listener: () => void): void {
    this.#listeners.add(listener);
  }
  removeEventListener(_type: string, listener: () => void): void {
    this.#listeners.delete(listener);
  }
  async become(state: DocumentVisibilityState): Promise<void> {
    this.visibilityState = state;
    for (const listener of this.#listeners) listener();
    await settled();
  }
  hear(): Promise<void> {
    return this.notifier.tell('bob', 'hello', 'm1', '#conversation=c1');
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('one of many hidden tabs notifies; when it is closed, another one', async () => {
  const locks = new FakeLocks();
  const tabs = [new FakeTab(locks), new FakeTab(locks), new FakeTab(locks)];
  for (const tab of tabs) await tab.hear();
  expect(tabs.map(({ shown }) => shown)).toEqual([['bob: hello'], [], []]);
  tabs[0]?.notifier.stop();
  await settled();
  for (const tab of tabs) await tab.hear();
  expect(tabs.map(({ shown }) => shown.length)).toEqual([1, 1, 0]);
});

test('none notifies while any tab can be seen', async () => {
  const locks = new FakeLocks();
  const [first, second] = [new FakeTab(locks), new FakeTab(locks)];
  await second.become('visible');
  await first.hear();
  expect(first.shown).toEqual([]);
  await second.become('hidden');
  await first.hear();
  expect(first.shown).toEqual(['bob: hello']);
  await second.become('visible');
  second.notifier.stop();
  await settled();
  await first.hear();
  expect(first.shown).toHaveLength(2);
});
