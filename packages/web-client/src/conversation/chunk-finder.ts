import type { Chunk } from './chunks.ts';
import { lastIndexOf, namedBy } from './rows.ts';

/** Finds the chunks of a few messages, again and again: each is looked for where it was the last time, as there may be 100,000 others. */
export class ChunkFinder {
  /** Keys of chunks, by those of the messages that were found in them. */
  #found = new Map<string, string>();

  /** Which chunks hold one of these messages, by their keys. */
  indicesOf(chunks: readonly Chunk[], keys: readonly string[]): ReadonlySet<number> {
    const found = new Map<string, string>();
    const indices = new Set<number>();
    for (const key of keys) {
      const index = this.#indexOf(chunks, key);
      const chunk = chunks[index];
      if (chunk === undefined) continue;
      found.set(key, chunk.key);
      indices.add(index);
    }
    this.#found = found;
    return indices;
  }

  #indexOf(chunks: readonly Chunk[], key: string): number {
    const message = namedBy(key);
    const holds = ({ messages }: Chunk): boolean => lastIndexOf(messages, message) !== -1;
    const before = this.#found.get(key);
    const index = before === undefined ? -1 : chunks.findIndex((chunk) => chunk.key === before && holds(chunk));
    return index === -1 ? chunks.findLastIndex(holds) : index;
  }
}
