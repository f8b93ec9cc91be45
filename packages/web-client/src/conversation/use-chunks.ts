import type { MessageView } from '@parley/client/api';
import { type RefCallback, useCallback, useMemo, useRef, useState } from 'react';
import { type Chunk, chunksOf, chunksWith } from './chunks.ts';
import { namedBy } from './rows.ts';

/** Shorter timelines are wholly in the page, where the browser's own search finds everything. */
const WHOLE_UP_TO = 300;
/** What is nearer than this to the view is in the page: enough for a fling of the finger, until the next frame. */
const NEAR = '1500px 0px';
/** Before a chunk was ever laid out: so high is a message, about. What is being read is held still when that proves wrong. */
const MESSAGE_ESTIMATE_PX = 44;
/** What comes at either end is laid out at once: it is about to be seen. */
const NEAR_ENDS = 3;

interface PlacedChunk {
  /** The same object while nothing in it changes. */
  readonly chunk: Chunk;
  /** It is far from what is seen, and so high; undefined: it is in the page. */
  readonly awayPx: number | undefined;
}

interface Chunks {
  readonly chunks: readonly PlacedChunk[];
  /** For the element of each chunk, which needs `data-chunk` with its key; inside an element of the class `log`, which scrolls. */
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
  const observer = useRef<IntersectionObserver>(undefined);
  const observe = useCallback<RefCallback<HTMLElement>>((element) => {
    if (element === null || typeof IntersectionObserver === 'undefined') return undefined;
    observer.current ??= new IntersectionObserver((entries) => setHeights((before) => heightsAfter(before, entries)), {
      root: element.closest('.log'),
      rootMargin: NEAR,
    });
    const watching = observer.current;
    watching.observe(element);
    return () => watching.unobserve(element);
  }, []);

  const neededKeys = needed.filter((key) => key !== undefined).join('\n');
  const pinned = useMemo(() => {
    const found = chunksWith(chunks, neededKeys === '' ? [] : neededKeys.split('\n').map(namedBy));
    return new Set([...found].flatMap((index) => [index - 1, index, index + 1]));
  }, [chunks, neededKeys]);

  const placed = chunks.map((chunk, index): PlacedChunk => {
    const isWhole = messages.length <= WHOLE_UP_TO || typeof IntersectionObserver === 'undefined' || pinned.has(index);
    const isAtEnd = index < NEAR_ENDS || index >= chunks.length - NEAR_ENDS;
    const height = heights.get(chunk.key) ?? (isAtEnd ? 0 : chunk.messages.length * MESSAGE_ESTIMATE_PX);
    return { chunk, awayPx: isWhole || height === 0 ? undefined : height };
  });
  return { chunks: placed, observe };
}

function heightsAfter(before: ReadonlyMap<string, number>, entries: readonly IntersectionObserverEntry[]): ReadonlyMap<string, number> {
  const after = new Map(before);
  for (const { target, isIntersecting, boundingClientRect } of entries) {
    const key = target instanceof HTMLElement ? target.dataset['chunk'] : undefined;
    if (key !== undefined) after.set(key, isIntersecting ? 0 : boundingClientRect.height);
  }
  return after;
}
