import { useEffect } from 'react';
import { useParley, useSnapshot } from '../use-parley.ts';

/** A glance in passing is not reading. */
const SEEN_AFTER_MS = 500;

/** Marks a conversation as read once it was seen for half a second. `newestKey`: a new message starts that time again. */
export function useMarkRead(conversationId: string, unreadCount: number, newestKey: string | undefined, seen: boolean): void {
  const parley = useParley();
  const live = useSnapshot((snapshot) => snapshot.connection.status === 'live');
  const due = seen && live && unreadCount > 0;

  useEffect(() => {
    if (!due) return undefined;
    const timer = window.setTimeout(() => {
      // Without a server it stays unread; the effect runs again when the connection is back.
      parley.markRead(conversationId).catch(() => undefined);
    }, SEEN_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [parley, conversationId, due, newestKey]);
}
