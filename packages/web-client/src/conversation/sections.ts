import type { Chunk } from './chunks.ts';

/** Chunks in a section, on average: of 100,000 messages about fifty sections are laid out, and the chunks of those that are near. */
const CHUNKS_IN_SECTION = 32;

export interface PlacedChunk {
  /** The same object while nothing in it changes. */
  readonly chunk: Chunk;
  /** It is far from what is seen, and so high; undefined: it is in the page. */
  readonly awayPx: number | undefined;
}

/** Chunks that follow each other and are all far away: one place for all of them. */
export interface AwaySection {
  /** That of its first chunk. */
  readonly key: string;
  readonly chunks: readonly { readonly key: string; readonly heightPx: number }[];
  readonly awayPx: number;
}

/**
 * Whether a section begins at the chunk of this key. The key alone decides, so that sections stay the same whatever is added above or below, even one chunk after
 * another. The hash is FNV-1a of 32 bits (Fowler, Noll and Vo).
 */
export function startsSection(key: string): boolean {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  // The high bits: the low ones follow the last character too closely.
  return (hash >>> 16) % CHUNKS_IN_SECTION === 0;
}

/** The same timeline, with one place for each section of which no chunk is in the page. The others stand by themselves, in the order and with the keys they had. */
export function placesOf(chunks: readonly PlacedChunk[]): readonly (PlacedChunk | AwaySection)[] {
  const sections: PlacedChunk[][] = [];
  for (const placed of chunks) {
    const last = sections.at(-1);
    if (last === undefined || placed.chunk.startsSection) sections.push([placed]);
    else last.push(placed);
  }
  return sections.flatMap((section): readonly (PlacedChunk | AwaySection)[] => {
    const away = section.flatMap(({ chunk, awayPx }) => (awayPx === undefined ? [] : [{ key: chunk.key, heightPx: awayPx }]));
    const [first] = away;
    if (first === undefined || away.length < section.length) return section;
    return [{ key: first.key, chunks: away, awayPx: away.reduce((sum, { heightPx }) => sum + heightPx, 0) }];
  });
}

/** Keys of those chunks of a section, which begins at `topPx`, that reach into what lies between two heights; at least one. */
export function chunksBetween({ chunks }: AwaySection, topPx: number, fromPx: number, toPx: number): readonly string[] {
  const found: string[] = [];
  let bottom = topPx;
  for (const { key, heightPx } of chunks) {
    const top = bottom;
    bottom += heightPx;
    if (bottom >= fromPx && top <= toPx) found.push(key);
  }
  // The section may have changed since it was measured. With any chunk of it in the page, all of them are looked at.
  return found.length > 0 ? found : chunks.slice(0, 1).map(({ key }) => key);
}
