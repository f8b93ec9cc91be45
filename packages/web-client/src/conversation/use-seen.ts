import type { MessageView } from '@parley/client/api';
import { type RefObject, useEffect, useState } from 'react';
import { messageElement } from './message-element.ts';

/** Whether the message `key` has been in view since it was asked for; true where none is asked for, or the browser cannot tell. */
export function useSeen(log: RefObject<HTMLElement | null>, key: string | undefined, messages: readonly MessageView[] | undefined): boolean {
  const [seenKey, setSeenKey] = useState<string>();
  const canTell = typeof IntersectionObserver !== 'undefined';

  useEffect(() => {
    const item = key === undefined || !canTell ? undefined : messageElement(log.current, key);
    if (item === undefined) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeenKey(key);
    }, { root: log.current });
    observer.observe(item);
    return () => observer.disconnect();
    // `messages`: its element may be another one after a change.
  }, [log, key, canTell, messages]);

  return key === undefined || !canTell || seenKey === key;
}
