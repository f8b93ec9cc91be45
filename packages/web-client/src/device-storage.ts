/** What this browser keeps for the page, whoever is signed in: text by key. Storage may be missing, full or forbidden; the page does without it then. */

/** Null: nothing is kept, or nothing can be. */
export function storedText(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** An empty text is removed. False where that is not possible. */
export function storeText(key: string, text: string): boolean {
  try {
    if (text === '') window.localStorage.removeItem(key);
    else window.localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

/** The keys of all that is kept. */
export function storedKeys(): readonly string[] {
  try {
    return Object.keys(window.localStorage);
  } catch {
    return [];
  }
}
