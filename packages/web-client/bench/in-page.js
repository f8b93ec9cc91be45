// Runs in the measured page, before its own scripts.

/** After the frame that is being made has been painted. */
const painted = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve(performance.now());
      channel.port2.postMessage(undefined);
    });
  });

/** A browser that takes this page for one in the background makes no frames: to wait for one would be to wait for ever. */
const MOST_TO_PAINT_MS = 30_000;

window.parleyBench = {
  /** From the next event of that type until an element of `selector` with `text` in it is painted: milliseconds. Rejects where none is within MOST_TO_PAINT_MS from the call. */
  fromEventToPaint(type, selector, text) {
    return new Promise((resolve, reject) => {
      let startedAt;
      let isInPage = false;
      addEventListener(type, (event) => (startedAt = event.timeStamp), { capture: true, once: true });
      const timer = setTimeout(() => {
        observer.disconnect();
        const missing = startedAt === undefined ? `no ${type} came` : isInPage ? 'it is in the page, but the browser makes no frames: bring the page to the front' : 'it is not in the page';
        reject(new Error(`'${text}' was not painted within ${MOST_TO_PAINT_MS} ms: ${missing}`));
      }, MOST_TO_PAINT_MS);
      const observer = new MutationObserver(() => {
        if (startedAt === undefined) return;
        if (![...document.querySelectorAll(selector)].some((element) => element.textContent.includes(text))) return;
        observer.disconnect();
        isInPage = true;
        void painted().then((at) => {
          clearTimeout(timer);
          resolve(at - startedAt);
        });
      });
      observer.observe(document, { subtree: true, childList: true, characterData: true });
    });
  },

  /** From the navigation until an element of `selector` is painted: milliseconds. */
  fromNavigationToPaint(selector) {
    return new Promise((resolve) => {
      const look = () => {
        if (document.querySelector(selector) === null) requestAnimationFrame(look);
        else void painted().then(resolve);
      };
      look();
    });
  },

  /** The last largest contentful paint, milliseconds from the navigation, and the layout shift of everything so far. */
  async vitals() {
    const entries = (type) => new Promise((resolve) => {
      const seen = [];
      const observer = new PerformanceObserver((list) => seen.push(...list.getEntries()));
      observer.observe({ type, buffered: true });
      setTimeout(() => {
        observer.disconnect();
        resolve(seen);
      }, 200);
    });
    const [paints, shifts] = await Promise.all([entries('largest-contentful-paint'), entries('layout-shift')]);
    return {
      lcpMs: paints.at(-1)?.startTime ?? Number.NaN,
      cls: shifts.filter((shift) => !shift.hadRecentInput).reduce((sum, shift) => sum + shift.value, 0),
    };
  },
};
