import type { MessageView } from '@parley/client/api';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { incomingAfter, keyOf } from './rows.ts';

/** Nearer than this to its end, a timeline follows new messages; farther up somebody is reading. */
const FOLLOW_WITHIN_PX = 80;
/** How much of what was read stays visible above the line of new messages. */
const CONTEXT_ABOVE_NEW_PX = 96;

export interface TimelineScroll {
  /** The newest message is in sight, so new ones are followed. */
  readonly atEnd: boolean;
  /** How many messages of others came below since the end was last in sight. */
  readonly missed: number;
  readonly onScroll: () => void;
  readonly toEnd: () => void;
}

/** What holds still while the timeline changes: an element, and how far its top is below the top of the view. */
interface Anchor {
  readonly element: Element;
  readonly offset: number;
}

/**
 * Moves a timeline as people expect: it opens at what is new or at the end, follows new messages only when at the end or
 * for one's own, and otherwise what is being read does not move, whatever is added or removed above or below. `ready`:
 * the first page is there, so that it is known where the new messages begin; until then the end is followed.
 */
export function useTimelineScroll(log: RefObject<HTMLElement | null>, messages: readonly MessageView[] | undefined, ready: boolean): TimelineScroll {
  const [atEnd, setAtEnd] = useState(true);
  const [lastSeenKey, setLastSeenKey] = useState<string>();
  const placed = useRef(false);
  const following = useRef(true);
  const anchor = useRef<Anchor>(undefined);
  const shownNewestKey = useRef<string>(undefined);

  const newest = messages?.at(-1);
  const newestKey = newest && keyOf(newest);

  const look = useCallback(() => {
    const view = log.current;
    if (view === null) return;
    following.current = view.scrollHeight - view.scrollTop - view.clientHeight <= FOLLOW_WITHIN_PX;
    anchor.current = anchorOf(view);
    setAtEnd(following.current);
    if (following.current) setLastSeenKey(shownNewestKey.current);
  }, [log]);

  const toEnd = useCallback(() => {
    const view = log.current;
    if (view === null) return;
    view.scrollTop = view.scrollHeight;
    look();
  }, [log, look]);

  /** After any change of layout: at the end stay at the end, else hold the anchor still. */
  const settle = useCallback(() => {
    const view = log.current;
    if (view === null) return;
    if (following.current) view.scrollTop = view.scrollHeight;
    else if (anchor.current?.element.isConnected) view.scrollTop += offsetOf(anchor.current.element, view) - anchor.current.offset;
    look();
  }, [log, look]);

  useLayoutEffect(() => {
    const view = log.current;
    if (view === null || messages === undefined) return;
    const ownIsNew = newest?.mine === true && newestKey !== shownNewestKey.current;
    shownNewestKey.current = newestKey;
    if (ready && !placed.current && messages.length > 0) {
      placed.current = true;
      openAtNews(view);
      look();
      return;
    }
    if (ownIsNew) following.current = true;
    settle();
  }, [log, messages, newest, newestKey, ready, look, settle]);

  useEffect(() => {
    const view = log.current;
    if (view === null || typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(settle);
    observer.observe(view);
    for (const child of view.children) observer.observe(child);
    return () => observer.disconnect();
  }, [log, settle]);

  return { atEnd, missed: atEnd || messages === undefined ? 0 : incomingAfter(messages, lastSeenKey), onScroll: look, toEnd };
}

/** To the end; but where more is new than fits into the view, to where that begins. */
function openAtNews(view: HTMLElement): void {
  view.scrollTop = view.scrollHeight;
  const line = view.querySelector('[data-new-line]');
  const offset = line === null ? 0 : offsetOf(line, view);
  if (offset < 0) view.scrollTop += offset - CONTEXT_ABOVE_NEW_PX;
}

const offsetOf = (element: Element, view: HTMLElement): number => element.getBoundingClientRect().top - view.getBoundingClientRect().top;

/** The first message that reaches into the view. They stand in order, so halving finds it. */
function anchorOf(view: HTMLElement): Anchor | undefined {
  const items = view.querySelectorAll('[data-message-id]');
  const top = view.getBoundingClientRect().top;
  let from = 0;
  let to = items.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((items[middle]?.getBoundingClientRect().bottom ?? 0) > top) to = middle;
    else from = middle + 1;
  }
  const element = items[from];
  return element && { element, offset: offsetOf(element, view) };
}
