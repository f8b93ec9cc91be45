import { commonEnds } from '../common-ends.ts';

/** Arguments stand on the stack, which more than some 100,000 overflow: where each second message changes, as with a receipt, a patch has a piece for each. */
const MOST_AT_ONCE = 10_000;

/** A list as what is kept of an earlier one and what is new, in order. */
export type ListPatch<Item> = readonly ListPiece<Item>[];

type ListPiece<Item> =
  /** `count` items of the earlier list, from `from` on. */
  | { readonly from: number; readonly count: number }
  | { readonly put: readonly Item[] };

/** How `after` comes from `before`. Items are the same where they are the same object, wherever they stand. */
export function diffList<Item>(before: readonly Item[], after: readonly Item[]): ListPatch<Item> {
  const { start, end } = commonEnds(before, after);
  return [
    ...(start > 0 ? [{ from: 0, count: start }] : []),
    ...diffMiddle(before, after, start, end),
    ...(end > 0 ? [{ from: before.length - end, count: end }] : []),
  ];
}

/** The same for lists that begin with `start` and end with `end` items that are the same. */
function diffMiddle<Item>(before: readonly Item[], after: readonly Item[], start: number, end: number): ListPatch<Item> {
  const indices = new Map(before.slice(start, before.length - end).map((item, index) => [item, start + index]));
  const pieces: ({ from: number; count: number } | { put: Item[] })[] = [];
  for (const item of after.slice(start, after.length - end)) {
    const last = pieces.at(-1);
    const index = indices.get(item);
    if (index === undefined) {
      if (last && 'put' in last) last.put.push(item);
      else pieces.push({ put: [item] });
    } else if (last && 'from' in last && last.from + last.count === index) {
      last.count += 1;
    } else {
      pieces.push({ from: index, count: 1 });
    }
  }
  return pieces;
}

/** The list that `patch` describes; items that it keeps are those of `before`. */
export function patchList<Item>(before: readonly Item[], patch: ListPatch<Item>): readonly Item[] {
  return joined(patch.map((piece) => ('put' in piece ? piece.put : before.slice(piece.from, piece.from + piece.count))));
}

/** Copying whole stretches is many times faster than item by item. */
function joined<Item>(stretches: readonly (readonly Item[])[]): readonly Item[] {
  if (stretches.length <= MOST_AT_ONCE) return ([] as Item[]).concat(...stretches);
  const half = stretches.length >> 1;
  return joined(stretches.slice(0, half)).concat(joined(stretches.slice(half)));
}
