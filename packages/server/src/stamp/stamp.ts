/** Which sequence of changes, the n-th in it, and its hybrid logical clock. */
export interface Stamp {
  readonly origin: number;
  readonly seq: number;
  readonly hlc: number;
}

/** Orders stamps by hlc, then origin, then seq: negative where `a` is the lower one. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.hlc - b.hlc || a.origin - b.origin || a.seq - b.seq;
}
