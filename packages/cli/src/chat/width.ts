/** The text, cut where it would be wider than `columns`. A character that is not ASCII counts as two columns, which is the most that one takes. */
export function cutToWidth(text: string, columns: number): string {
  let width = 0;
  let cut = '';
  for (const character of text) {
    width += /[ -~·…]/u.test(character) ? 1 : 2;
    if (width > columns) return cut;
    cut += character;
  }
  return cut;
}
