// Runs in the page that shows a long conversation.

/** A browser that takes this page for one in the background makes no frames: to wait for the next one would be to wait for ever. */
const MOST_TO_FRAME_MS = 20_000;

const frame = () =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the browser makes no frames of this page')), MOST_TO_FRAME_MS);
    requestAnimationFrame((time) => {
      clearTimeout(timer);
      resolve(time);
    });
  });
const LONG_FRAME_MS = 50;
/** Ten thousand messages take seconds. */
const MOST_TO_LOAD_MS = 60_000;

const showsMessage = (log) => {
  const { top, bottom } = log.getBoundingClientRect();
  return [...log.querySelectorAll('[data-message-id]')].some((item) => {
    const box = item.getBoundingClientRect();
    return box.bottom > top && box.top < bottom;
  });
};

window.parleyLong = {
  /** Clicks on the last quote, which loads the conversation back towards what it quotes. Resolves when that is as far back as one click leads, or there. */
  async loadBack() {
    const toast = document.querySelector('.toast');
    [...document.querySelectorAll('button.quote')].at(-1).click();
    const isDone = () => document.querySelector('.message-found') !== null || (document.querySelector('.toast') ?? toast) !== toast;
    const startedAt = performance.now();
    while (!isDone()) {
      await frame();
      if (performance.now() - startedAt > MOST_TO_LOAD_MS) throw new Error('the conversation is not loaded back, and nothing is said of why');
    }
  },

  /** Scrolls so many pixels each frame, upwards where it is negative, for so many frames. */
  async scrollThrough(stepPx, frames) {
    const log = document.querySelector('.log');
    const tookMs = [];
    let empty = 0;
    let last = await frame();
    for (let n = 0; n < frames; n++) {
      log.scrollTop += stepPx;
      const now = await frame();
      tookMs.push(now - last);
      last = now;
      if (!showsMessage(log)) empty += 1;
    }
    return { tookMs, long: tookMs.filter((ms) => ms > LONG_FRAME_MS).length, empty };
  },

  /** Drags the scroll bar to that share of the conversation. Resolves to the milliseconds until messages are there. */
  async jumpTo(share) {
    const log = document.querySelector('.log');
    const startedAt = performance.now();
    log.scrollTop = share * log.scrollHeight;
    do await frame(); while (!showsMessage(log));
    return performance.now() - startedAt;
  },

  /** Until a message with this text is painted: milliseconds since 1970. */
  async shownAt(text) {
    while (![...document.querySelectorAll('[data-message-id]')].some((item) => item.textContent.includes(text))) await frame();
    await frame();
    await new Promise((resolve) => setTimeout(resolve));
    return performance.timeOrigin + performance.now();
  },
};
