import { useCallback, useState } from 'react';

const PREFIX = 'parley.draft.';

/** Drafts as they are typed; storage may be missing, full or forbidden, and then this is all there is. */
const inMemory = new Map<string, string>();

function stored(key: string): string {
  try {
    return window.localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

function store(key: string, text: string): void {
  try {
    if (text === '') window.localStorage.removeItem(key);
    else window.localStorage.setItem(key, text);
  } catch {
    // In memory it is kept all the same.
  }
}

const draftOf = (key: string): string => inMemory.get(key) ?? stored(key);

/** The text of a composer, and how to change it: to a text, or by what was there. */
export type Draft = readonly [string, (next: string | ((before: string) => string)) => void];

/** What was typed into a conversation's composer and not sent yet; kept when the page is closed. `self`: whose draft it is. */
export function useDraft(self: string, conversationId: string): Draft {
  const key = `${PREFIX}${self}.${conversationId}`;
  const [text, setText] = useState(() => draftOf(key));
  const change = useCallback(
    (next: string | ((before: string) => string)) => {
      const changed = typeof next === 'string' ? next : next(draftOf(key));
      inMemory.set(key, changed);
      store(key, changed);
      setText(changed);
    },
    [key],
  );
  return [text, change];
}

/** Removes all drafts from this device: after signing out nothing of the account stays. */
export function forgetDrafts(): void {
  inMemory.clear();
  try {
    for (const key of Object.keys(window.localStorage)) if (key.startsWith(PREFIX)) window.localStorage.removeItem(key);
  } catch {
    // Nothing was stored then.
  }
}
