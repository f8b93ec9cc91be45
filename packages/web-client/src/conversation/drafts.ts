import { useCallback, useSyncExternalStore } from 'react';
import { keepText, keptText, subscribeToTexts, textNames, useKeptText } from './kept-texts.ts';

const nameOf = (self: string, conversationId: string): string => `${self}.${conversationId}`;

/** Puts a text that could not be sent back into a conversation's draft, before what was typed since. `self`: whose draft it is. */
export function returnToDraft(self: string, conversationId: string, text: string): void {
  const name = nameOf(self, conversationId);
  const since = keptText(name);
  keepText(name, since === '' ? text : `${text}\n${since}`);
}

/** What was typed into a conversation's composer and not sent yet, and how to change it. */
export function useDraft(self: string, conversationId: string): readonly [string, (text: string) => void] {
  const name = nameOf(self, conversationId);
  return [useKeptText(name), useCallback((text: string) => keepText(name, text), [name])];
}

/** All drafts of an account by conversation, but for that of `except`, which is on the screen already. The same object while they are the same. */
export function useDrafts(self: string, except: string | undefined): ReadonlyMap<string, string> {
  return useSyncExternalStore(subscribeToTexts, () => draftsOf(self, except));
}

let made: { readonly self: string; readonly drafts: ReadonlyMap<string, string> } = { self: '', drafts: new Map() };

function draftsOf(self: string, except: string | undefined): ReadonlyMap<string, string> {
  const start = nameOf(self, '');
  const drafts = new Map<string, string>();
  for (const name of textNames()) {
    const text = name.startsWith(start) ? keptText(name) : '';
    if (text !== '' && name !== start + except) drafts.set(name.slice(start.length), text);
  }
  const same = made.self === self && made.drafts.size === drafts.size && [...drafts].every(([id, text]) => made.drafts.get(id) === text);
  if (!same) made = { self, drafts };
  return made.drafts;
}
