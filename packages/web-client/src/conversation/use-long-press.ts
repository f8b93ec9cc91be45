import { type PointerEvent, useMemo } from 'react';

/** As long as phones wait themselves. */
const HELD_MS = 500;
/** A finger that moves farther scrolls. */
const MOST_MOVED_PX = 10;

interface LongPress {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerUp: () => void;
  readonly onPointerCancel: () => void;
}

/** A finger that is held on a message opens its actions: for the element around all messages. Links and buttons keep what a browser does with them. */
export function useLongPress(): LongPress {
  return useMemo(() => {
    let timer: number | undefined;
    let from = { x: 0, y: 0 };
    const stop = (): void => window.clearTimeout(timer);
    return {
      onPointerDown: (event) => {
        stop();
        const { target } = event;
        if (event.pointerType !== 'touch' || !(target instanceof Element) || target.closest('a, button')) return;
        const item = target.closest('.bubble')?.closest('[data-message-id]');
        from = { x: event.clientX, y: event.clientY };
        timer = window.setTimeout(() => item?.querySelector<HTMLElement>('[aria-haspopup=menu][aria-expanded=false]')?.click(), HELD_MS);
      },
      onPointerMove: (event) => {
        if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > MOST_MOVED_PX) stop();
      },
      onPointerUp: stop,
      onPointerCancel: stop,
    };
  }, []);
}
