// Runs in the page. Scrolls an open conversation up, one loaded page at a time, and watches each frame.

/**
 * Until so many pages were loaded, or the beginning is reached. Resolves to how far what was read moved by itself, in CSS pixels, how long the longest frame took,
 * and what is in the page in the end.
 */
window.parleyScrollBack = async (pages) => {
  const log = document.querySelector('.log');
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const topOf = (item) => item.getBoundingClientRect().top - log.getBoundingClientRect().top;
  const inView = () => [...log.querySelectorAll('[data-message-id]')].find((item) => topOf(item) >= 0);
  let movedPx = 0;
  let longestFrameMs = 0;
  let loaded = 0;
  for (; loaded < pages && log.querySelector('.older') !== null; loaded++) {
    const heightBefore = log.scrollHeight;
    log.scrollTop = 120;
    await frame();
    const item = inView();
    const top = topOf(item);
    let last = performance.now();
    // Some frames more than loading takes: what was loaded is laid out then.
    for (let after = 0; after < 4; ) {
      await frame();
      const now = performance.now();
      longestFrameMs = Math.max(longestFrameMs, now - last);
      last = now;
      movedPx = Math.max(movedPx, item.isConnected ? Math.abs(topOf(item) - top) : Number.POSITIVE_INFINITY);
      if (log.scrollHeight > heightBefore + 500 || log.querySelector('.older') === null) after += 1;
    }
  }
  return { loaded, movedPx, longestFrameMs, messagesInPage: log.querySelectorAll('[data-message-id]').length, elements: document.querySelectorAll('*').length };
};
