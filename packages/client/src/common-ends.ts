/** How many items two lists share at their beginnings, and at their ends; none counts twice. */
export interface CommonEnds {
  readonly start: number;
  readonly end: number;
}

/**
 * Where two lists differ. Lists of messages are long and change in one place, mostly at an end. Items are the same where they are the same object: nothing in them
 * is looked at, which is many times faster where 100,000 of them lie all over the memory.
 */
export function commonEnds<Item>(before: readonly Item[], after: readonly Item[]): CommonEnds {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return { start, end };
}

/** The items between what two lists share: those that went, and those that came. */
export function changedBetween<Item>(before: readonly Item[], after: readonly Item[]): { readonly went: readonly Item[]; readonly came: readonly Item[] } {
  const { start, end } = commonEnds(before, after);
  return { went: before.slice(start, before.length - end), came: after.slice(start, after.length - end) };
}
