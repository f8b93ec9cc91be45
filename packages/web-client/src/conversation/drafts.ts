import { useCallback, useSyncExternalStore } from 'react';

const PREFIX = 'parley.draft.';

/** Drafts as they are typed, by their keys in storage; storage may be missing, full or forbidden, and then this is all there is. */
const inMemory = new Map<string, string>();
const listeners = new Set<() => void>();
const notify = (): void => listeners.forEach((listener) => listener());

const keyOf = (self: string, conversationId: string): string => `${PREFIX}${self}.${conversationId}`;

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

/** Another tab has changed a draft, or all of them. */
function onStorage({ key, newValue }: StorageEvent): void {
  if (key === null) inMemory.clear();
  else if (key.startsWith(PREFIX)) inMemory.set(key, newValue ?? '');
  else return;
  notify();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('storage', onStorage);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('storage', onStorage);
  };
}

/** Changes a draft: to a text, or by what was there. `self`: whose draft it is. */
export function changeDraft(self: string, conversationId: string, next: string | ((before: string) => string)): void {
  const key = keyOf(self, conversationId);
  const changed = typeof next === 'string' ? next : next(draftOf(key));
  inMemory.set(key, changed);
  store(key, changed);
  notify();
}

/** The text of a composer, and how to change it: to a text, or by what was there. */
export type Draft = readonly [string, (next: string | ((before: string) => string)) => void];

/** What was typed into a conversation's composer and not sent yet; kept when the page is closed, the same in all tabs. */
export function useDraft(self: string, conversationId: string): Draft {
  const text = useSyncExternalStore(subscribe, () => draftOf(keyOf(self, conversationId)));
  const change = useCallback((next: string | ((before: string) => string)) => changeDraft(self, conversationId, next), [self, conversationId]);
  return [text, change];
}

/** All drafts of an account by conversation, but for that of `except`, which is on the screen already. The same object while they are the same. */
export function useDrafts(self: string, except: string | undefined): ReadonlyMap<string, string> {
  return useSyncExternalStore(subscribe, () => draftsOf(self, except));
}

let made: { readonly self: string; readonly drafts: ReadonlyMap<string, string> } = { self: '', drafts: new Map() };

function draftsOf(self: string, except: string | undefined): ReadonlyMap<string, string> {
  const start = keyOf(self, '');
  const drafts = new Map<string, string>();
  for (const key of new Set([...storedKeys(), ...inMemory.keys()])) {
    const text = key.startsWith(start) ? draftOf(key) : '';
    if (text !== '' && key !== start + except) drafts.set(key.slice(start.length), text);
  }
  const same = made.self === self && made.drafts.size === drafts.size && [...drafts].every(([id, text]) => made.drafts.get(id) === text);
  if (!same) made = { self, drafts };
  return made.drafts;
}

function storedKeys(): readonly string[] {
  try {
    return Object.keys(window.localStorage);
  } catch {
    return [];
  }
}

/** Removes all drafts from this device: after signing out nothing of the account stays. */
export function forgetDrafts(): void {
  inMemory.clear();
  for (const key of storedKeys()) if (key.startsWith(PREFIX)) store(key, '');
  notify();
}
