import type { MessageView, TimelineView } from '@parley/client/api';
import { type KeyboardEvent, type MouseEvent, type ReactNode, type RefObject, useCallback, useMemo, useState } from 'react';
import { dayOf, nextMidnight } from '../times.ts';
import { DownIcon, UpIcon } from '../ui/icons.tsx';
import { useClock } from '../ui/use-clock.ts';
import { words } from '../words.ts';
import { messageElement } from './message-element.ts';
import type { MessageActions } from './message-item.tsx';
import { keyOf, lastIndexOf, namedBy } from './rows.ts';
import { Stretch } from './stretch.tsx';
import { useChunks } from './use-chunks.ts';
import { useLongPress } from './use-long-press.ts';
import type { TimelineScroll } from './use-timeline-scroll.ts';

/** Nearer than this to its beginning, a timeline loads what is before it: early enough that people rarely wait. */
const LOAD_WITHIN_PX = 240;

const NO_MESSAGES: readonly MessageView[] = [];

interface TimelineProps {
  readonly log: RefObject<HTMLDivElement | null>;
  /** Undefined: not loaded yet. */
  readonly timeline: TimelineView | undefined;
  /** Shown until it is. */
  readonly placeholder: ReactNode;
  readonly otherName: string;
  /** The conversation with oneself. */
  readonly own: boolean;
  readonly firstNewKey: string | undefined;
  /** False: what begins there arrived late, and was not in view yet. */
  readonly lateIsSeen: boolean;
  /** The message that was jumped to. */
  readonly targetKey: string | undefined;
  readonly scroll: TimelineScroll;
  readonly actions: MessageActions;
  readonly onLoadOlder: () => void;
}

/** The loaded messages of a conversation, with day headings. */
export function Timeline({ log, timeline, placeholder, otherName, own, firstNewKey, lateIsSeen, targetKey, scroll, actions, onLoadOlder }: TimelineProps) {
  const messages = timeline?.messages ?? NO_MESSAGES;
  const today = dayOf(useClock(nextMidnight));
  const [reached, setReached] = useState<string>();
  const tabStop = useMemo(() => tabStopOf(messages, reached), [messages, reached]);
  const { places, observe } = useChunks(messages, [firstNewKey, targetKey, tabStop]);
  const onReach = useCallback((message: MessageView) => setReached(keyOf(message)), []);

  const longPress = useLongPress();

  const canLoad = timeline?.more === true && !timeline.loading;
  const onScroll = (): void => {
    scroll.onScroll();
    if (canLoad && (log.current?.scrollTop ?? Number.POSITIVE_INFINITY) < LOAD_WITHIN_PX) onLoadOlder();
  };

  const toNew = (event: MouseEvent): void => {
    const first = firstNewKey === undefined ? undefined : messageElement(log.current, firstNewKey);
    first?.scrollIntoView({ block: 'center' });
    handFocusOn(event, first?.querySelector<HTMLElement>('[aria-haspopup=menu]'));
  };
  const toEnd = (event: MouseEvent): void => {
    scroll.toEnd();
    handFocusOn(event, log.current);
  };

  return (
    <div className="timeline">
      <div
        ref={log}
        className="log"
        role="log"
        aria-live="off"
        aria-label={words.conversation.with(otherName)}
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={moveBetweenMessages}
        {...longPress}
      >
        <div className="log-content">
          {timeline === undefined || (timeline.loading && timeline.messages.length === 0) ? (
            placeholder
          ) : (
            <>
              <Older timeline={timeline} onLoad={onLoadOlder} />
              {timeline.messages.length === 0 && !timeline.more && (
                <p className="empty">{own ? words.conversation.emptySelf : words.conversation.empty(otherName)}</p>
              )}
              <div>
                {places.map((place) =>
                  'chunk' in place ? (
                    <Stretch
                      key={place.chunk.key}
                      chunk={place.chunk}
                      awayPx={place.awayPx}
                      observe={observe}
                      // Of those far away none should render because of these.
                      firstNewKey={place.awayPx === undefined ? firstNewKey : undefined}
                      tabStop={place.awayPx === undefined ? tabStop : undefined}
                      today={today}
                      otherName={otherName}
                      actions={actions}
                      onReach={onReach}
                    />
                  ) : (
                    <div key={`section ${place.key}`} ref={observe} data-section={place.key} style={{ blockSize: place.awayPx }} />
                  ),
                )}
              </div>
            </>
          )}
        </div>
      </div>
      {!lateIsSeen && scroll.atEnd && (
        <button type="button" className="to-new" onClick={toNew}>
          <UpIcon />
          {words.conversation.newAbove}
        </button>
      )}
      {!scroll.atEnd && (
        <button type="button" className="to-end" onClick={toEnd}>
          <DownIcon />
          {scroll.missed > 0 ? words.conversation.newBelow(scroll.missed) : words.conversation.toEnd}
        </button>
      )}
    </div>
  );
}

/** Above the oldest loaded message. Its height stays the same, so that nothing jumps. */
function Older({ timeline, onLoad }: { readonly timeline: TimelineView; readonly onLoad: () => void }) {
  if (!timeline.more && !timeline.loading) return null;
  return (
    <div className="older">
      {timeline.loading ? (
        <span className="quiet">{words.conversation.loadingOlder}</span>
      ) : (
        <button type="button" className="link-button" onClick={onLoad}>
          {words.conversation.loadOlder}
        </button>
      )}
    </div>
  );
}

/** The button that was pressed goes, and the focus would be lost with it; where another element has it, as on touch screens, it stays there. */
function handFocusOn({ currentTarget }: MouseEvent, to: HTMLElement | null | undefined): void {
  if (document.activeElement === currentTarget) to?.focus({ preventScroll: true });
}

/** The message that Tab leads to: the one reached last, while it is there, else the newest. */
function tabStopOf(messages: readonly MessageView[], reached: string | undefined): string | undefined {
  if (reached !== undefined && lastIndexOf(messages, namedBy(reached)) !== -1) return reached;
  const newest = messages.at(-1);
  return newest && keyOf(newest);
}

/** Arrow keys, Home and End move the focus from one message's actions to another's. */
function moveBetweenMessages(event: KeyboardEvent<HTMLElement>): void {
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('[aria-haspopup=menu]')];
  const at = buttons.findIndex((button) => button.closest('.message-toolbar')?.contains(document.activeElement));
  if (at === -1) return;
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  buttons[to]?.focus();
}
