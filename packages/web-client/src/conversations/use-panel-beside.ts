import { useSyncExternalStore } from 'react';

/** From this width on the style sheet shows a panel beside the conversation; below, in its place. */
const BESIDE = '(min-width: 64.0625rem)';

// A test's DOM has no media.
const media = typeof window.matchMedia === 'function' ? window.matchMedia(BESIDE) : undefined;

function subscribe(listener: () => void): () => void {
  media?.addEventListener('change', listener);
  return () => media?.removeEventListener('change', listener);
}

/** Whether a panel and a conversation stand side by side: then opening a conversation leaves the panel open. */
export const usePanelBeside = (): boolean => useSyncExternalStore(subscribe, () => media?.matches ?? true);
