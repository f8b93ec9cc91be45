import { onWakeUp } from './wake-up.ts';

function put(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { configurable: true, value });
}

afterEach(() => {
  for (const name of ['addEventListener', 'removeEventListener', 'document']) Reflect.deleteProperty(globalThis, name);
});

test('in a browser: when it is online again, and when the page is shown', () => {
  const window = new EventTarget();
  const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
  put('addEventListener', window.addEventListener.bind(window));
  put('removeEventListener', window.removeEventListener.bind(window));
  put('document', page);
  let woken = 0;
  const stop = onWakeUp(() => {
    woken += 1;
  });
  window.dispatchEvent(new Event('online'));
  expect(woken).toBe(1);
  page.dispatchEvent(new Event('visibilitychange'));
  expect(woken).toBe(1);
  page.visibilityState = 'visible';
  page.dispatchEvent(new Event('visibilitychange'));
  expect(woken).toBe(2);
  stop();
  window.dispatchEvent(new Event('online'));
  page.dispatchEvent(new Event('visibilitychange'));
  expect(woken).toBe(2);
});

test('in Node: never', () => {
  expect(onWakeUp(() => undefined)()).toBeUndefined();
});
