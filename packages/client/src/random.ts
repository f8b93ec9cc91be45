/** Chance, passed in so that tests own it. */
export interface Random {
  /** Random bytes that nobody can guess. */
  bytes(count: number): Uint8Array;
  /** 0 to 1, without 1; need not be hard to guess. */
  fraction(): number;
}

/** `crypto.randomUUID` and `crypto.subtle` do not exist on a page from plain http; `getRandomValues` does. */
export const systemRandom: Random = {
  bytes: (count) => globalThis.crypto.getRandomValues(new Uint8Array(count)),
  fraction: () => Math.random(),
};
