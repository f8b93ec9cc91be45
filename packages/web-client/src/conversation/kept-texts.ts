import { useSyncExternalStore } from 'react';
import { storedKeys, storedText, storeText } from '../device-storage.ts';

const PREFIX = 'parley.draft.';

/** Texts as they are typed, by their names; where nothing can be stored, this is all there is. */
const inMemory = new Map<string, string>();
const listeners = new Set<() => void>();
const notify = (): void => listeners.forEach((listener) => listener());

/** Another tab has changed a text, or all of them. */
function onStorage({ key }: StorageEvent): void {
  if (key === null) inMemory.clear();
  else if (key.startsWith(PREFIX)) inMemory.delete(key.slice(PREFIX.length));
  else return;
  notify();
}

/** Calls `listener` after each change, in this tab or another; returns how to stop. */
export function subscribeToTexts(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('storage', onStorage);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('storage', onStorage);
  };
}

/** A text that was not sent yet, empty for none: kept when the page is closed, the same in all tabs. */
export const keptText = (name: string): string => inMemory.get(name) ?? storedText(PREFIX + name) ?? '';

/** Keeps a text; an empty one is forgotten. */
export function keepText(name: string, text: string): void {
  const isStored = storeText(PREFIX + name, text);
  // Where nothing can be stored, nothing stored has to be hidden either.
  if (text === '' && (isStored || storedText(PREFIX + name) === null)) inMemory.delete(name);
  else inMemory.set(name, text);
  notify();
}

/** `keptText` as it is now. */
export const useKeptText = (name: string): string => useSyncExternalStore(subscribeToTexts, () => keptText(name));

/** The fields of a kept text that is JSON; none where it is not, whoever has written it. */
export function fieldsOf<T extends object>(kept: string): Partial<T> {
  try {
    const value: unknown = JSON.parse(kept);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** The names of all texts on this device. */
export function textNames(): ReadonlySet<string> {
  return new Set([...storedNames(), ...inMemory.keys()]);
}

const storedNames = (): readonly string[] => storedKeys().flatMap((key) => (key.startsWith(PREFIX) ? [key.slice(PREFIX.length)] : []));

/** Removes all texts from this device: after signing out nothing of the account stays. */
export function forgetTexts(): void {
  inMemory.clear();
  for (const name of storedNames()) storeText(PREFIX + name, '');
  notify();
}
