import { useCallback, useSyncExternalStore } from 'react';
import { storedText, storeText } from '../device-storage.ts';

/** A choice that this browser keeps, whoever is signed in. The first of its values holds until another one is chosen. */
export interface Preference<Value extends string> {
  readonly key: string;
  readonly values: readonly [Value, ...Value[]];
}

const listeners = new Set<() => void>();
const tell = (): void => listeners.forEach((listener) => listener());

/** What was chosen where nothing can be stored: it holds as long as the page. */
const inMemory = new Map<string, string>();

/** What is chosen now. */
export function chosen<Value extends string>({ key, values }: Preference<Value>): Value {
  const kept = inMemory.get(key) ?? storedText(key);
  return values.find((value) => value === kept) ?? values[0];
}

function choose<Value extends string>({ key }: Preference<Value>, value: Value): void {
  if (storeText(key, value)) inMemory.delete(key);
  else inMemory.set(key, value);
  tell();
}

/** Calls `listener` after each choice, those made in other tabs too; returns how to stop. */
export function onChoice(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('storage', tell);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('storage', tell);
  };
}

/** What is chosen now, and how to choose: the same in all tabs. */
export function usePreference<Value extends string>(preference: Preference<Value>): readonly [Value, (value: Value) => void] {
  const value = useSyncExternalStore(onChoice, () => chosen(preference));
  return [value, useCallback((next: Value) => choose(preference, next), [preference])];
}
