import { keyOf, type Row } from './rows.ts';

/** As much as is laid out, or taken out of the page, at once: about a screen of messages. */
const MOST_MESSAGES = 64;

/** A stretch of a timeline that is in the page as a whole, or not at all. */
export interface Chunk {
  /** That of its first message when it was made. */
  readonly key: string;
  readonly rows: readonly Row[];
}

/**
 * Divides a timeline. What was in one chunk of `before` stays in one of the same key, whatever is added above or below, so that nothing in it is made anew and the
 * focus stays where it is. Day headings and the line of new messages stand with the message that follows.
 */
export function chunksOf(rows: readonly Row[], before: readonly Chunk[]): readonly Chunk[] {
  const starts = new Set(before.map(({ key }) => key));
  const chunks: { readonly key: string; readonly rows: Row[] }[] = [];
  let headings: Row[] = [];
  let messages = 0;
  for (const row of rows) {
    headings.push(row);
    if (row.kind !== 'message') continue;
    if (chunks.length === 0 || messages === MOST_MESSAGES || starts.has(row.key)) {
      chunks.push({ key: row.key, rows: [] });
      messages = 0;
    }
    chunks.at(-1)?.rows.push(...headings);
    headings = [];
    messages += 1;
  }
  return chunks;
}

/** Which chunks hold one of these messages. */
export function chunksWith(chunks: readonly Chunk[], keys: ReadonlySet<string>): ReadonlySet<number> {
  const found = new Set<number>();
  chunks.forEach(({ rows }, index) => {
    if (rows.some((row) => row.kind === 'message' && keys.has(keyOf(row.message)))) found.add(index);
  });
  return found;
}
