/** Calls `wake` when this device may be back on the network: the browser says so, or the page is shown again. Returns how to stop; does nothing in Node. */
export function onWakeUp(wake: () => void): () => void {
  if (typeof globalThis.addEventListener !== 'function') return () => undefined;
  const page = typeof document === 'undefined' ? undefined : document;
  const shown = (): void => {
    if (page?.visibilityState === 'visible') wake();
  };
  globalThis.addEventListener('online', wake);
  page?.addEventListener('visibilitychange', shown);
  return () => {
    globalThis.removeEventListener('online', wake);
    page?.removeEventListener('visibilitychange', shown);
  };
}
