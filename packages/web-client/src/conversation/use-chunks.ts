import type { MessageView } from '@parley/client/api';
import { type RefCallback, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { ChunkFinder } from './chunk-finder.ts';
import { type Chunk, chunksOf } from './chunks.ts';
import { type AwaySection, chunksBetween, type PlacedChunk, placesOf } from './sections.ts';

/** Shorter timelines are wholly in the page, where the browser's own search finds everything. */
const WHOLE_UP_TO = 300;
/** What is nearer than this to the view is in the page: enough for a fling of the finger, until the next frame. */
const NEAR = '1500px 0px';
/** Before a chunk was ever laid out: so high is a message, about. What is being read is held still when that proves wrong. */
const MESSAGE_ESTIMATE_PX = 44;
/** What comes at either end is laid out at once: it is about to be seen. */
const NEAR_ENDS = 3;

interface Chunks {
  readonly places: readonly (PlacedChunk | AwaySection)[];
  /** For the element of each place, which needs its key: `data-chunk`, or `data-section`; inside an element of the class `log`, which scrolls. */
  readonly observe: RefCallback<HTMLElement>;
}

/**
 * Which parts of a long timeline are in the page: those in and around the view, so that a conversation of 100,000 messages costs what a short one does.
 * `needed`: keys of messages that have to be there wherever they are, such as the one with the focus; their neighbours are, too.
 */
export function useChunks(messages: readonly MessageView[], needed: readonly (string | undefined)[]): Chunks {
  const [divided, setDivided] = useState<{ readonly messages: readonly MessageView[]; readonly chunks: readonly Chunk[] }>({ messages: [], chunks: [] });
  let { chunks } = divided;
  if (divided.messages !== messages) {
    chunks = chunksOf(messages, chunks);
    // During rendering, as what was divided before decides where the next divisions are.
    setDivided({ messages, chunks });
  }

  // Heights of those that are far away; 0 of those that are near. Absent: not looked at yet.
  const [heights, setHeights] = useState<ReadonlyMap<string, number>>(new Map());
  const sections = useRef<ReadonlyMap<string, AwaySection>>(new Map());
  const observer = useRef<IntersectionObserver>(undefined);
  const observe = useCallback<RefCallback<HTMLElement>>((element) => {
    if (element === null || typeof IntersectionObserver === 'undefined') return undefined;
    const look: IntersectionObserverCallback = (entries) => {
      const looked = entries.flatMap((entry) => heightsIn(entry, sections.current));
      setHeights((before) => new Map([...before, ...looked]));
    };
    observer.current ??= new IntersectionObserver(look, { root: element.closest('.log'), rootMargin: NEAR });
    const watching = observer.current;
    watching.observe(element);
    return () => watching.unobserve(element);
  }, []);

  const [finder] = useState(() => new ChunkFinder());
  const neededKeys = needed.filter((key) => key !== undefined).join('\n');
  const pinned = useMemo(() => {
    const found = finder.indicesOf(chunks, neededKeys === '' ? [] : neededKeys.split('\n'));
    return new Set([...found].flatMap((index) => [index - 1, index, index + 1]));
  }, [finder, chunks, neededKeys]);

  const placed = chunks.map((chunk, index): PlacedChunk => {
    const isWhole = messages.length <= WHOLE_UP_TO || typeof IntersectionObserver === 'undefined' || pinned.has(index);
    const isAtEnd = index < NEAR_ENDS || index >= chunks.length - NEAR_ENDS;
    const height = heights.get(chunk.key) ?? (isAtEnd ? 0 : chunk.messages.length * MESSAGE_ESTIMATE_PX);
    return { chunk, awayPx: isWhole || height === 0 ? undefined : height };
  });
  const places = placesOf(placed);
  useLayoutEffect(() => {
    sections.current = new Map(places.flatMap((place) => ('chunk' in place ? [] : [[place.key, place]])));
  });
  return { places, observe };
}

/** What is seen of a place: heights of chunks that are far away, 0 of those that are near, by their keys. */
function heightsIn({ target, isIntersecting, boundingClientRect, intersectionRect }: IntersectionObserverEntry, sections: ReadonlyMap<string, AwaySection>): readonly (readonly [string, number])[] {
  if (!(target instanceof HTMLElement)) return [];
  const { chunk, section: sectionKey } = target.dataset;
  if (chunk !== undefined) return [[chunk, isIntersecting ? 0 : boundingClientRect.height]];
  const section = sections.get(sectionKey ?? '');
  if (section === undefined || !isIntersecting) return [];
  return chunksBetween(section, boundingClientRect.top, intersectionRect.top, intersectionRect.bottom).map((key) => [key, 0]);
}
