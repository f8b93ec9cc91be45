import { useEffect, useRef } from 'react';
import { useParley, useSnapshot } from '../use-parley.ts';

/** A glance in passing is not reading. */
const SEEN_AFTER_MS = 500;
/** Where messages come faster than that, somebody who looks on has read most of them. */
const LATEST_AFTER_MS = 2_000;

/** Marks a conversation as read once it was seen for half a second. `newestKey`: a new message starts that time again, but not for ever. */
export function useMarkRead(conversationId: string, unreadCount: number, newestKey: string | undefined, seen: boolean): void {
  const parley = useParley();
  const live = useSnapshot((snapshot) => snapshot.connection.status === 'live');
  const due = seen && live && unreadCount > 0;

  const dueSince = useRef<number>(undefined);

  useEffect(() => {
    if (!due) {
      dueSince.current = undefined;
      return undefined;
    }
    dueSince.current ??= Date.now();
    const latest = dueSince.current + LATEST_AFTER_MS - Date.now();
    const timer = window.setTimeout(() => {
      dueSince.current = undefined;
      // Without a server it stays unread; the effect runs again when the connection is back.
      parley.markRead(conversationId).catch(() => undefined);
    }, Math.max(0, Math.min(SEEN_AFTER_MS, latest)));
    return () => window.clearTimeout(timer);
  }, [parley, conversationId, due, newestKey]);
}
