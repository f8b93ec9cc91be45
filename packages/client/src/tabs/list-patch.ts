/** A list as what is kept of an earlier one and what is new, in order. */
export type ListPatch<Item> = readonly ListPiece<Item>[];

type ListPiece<Item> =
  /** `count` items of the earlier list, from `from` on. */
  | { readonly from: number; readonly count: number }
  | { readonly put: readonly Item[] };

/** How `after` comes from `before`. Items are the same where they are the same object, wherever they stand. */
export function diffList<Item>(before: readonly Item[], after: readonly Item[]): ListPatch<Item> {
  const indices = new Map(before.map((item, index) => [item, index]));
  const pieces: ({ from: number; count: number } | { put: Item[] })[] = [];
  for (const item of after) {
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
  return patch.flatMap((piece) => ('put' in piece ? piece.put : before.slice(piece.from, piece.from + piece.count)));
}
