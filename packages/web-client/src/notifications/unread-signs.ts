import { useEffect } from 'react';
import { useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';

/** How many unread messages there are: in the window's title, by a dot on the page's icon, and as a number on the installed app's. */
export function useUnreadSigns(): void {
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const unread = conversations?.reduce((sum, conversation) => sum + conversation.unreadCount, 0) ?? 0;
  useEffect(() => {
    document.title = unread > 0 ? words.titleUnread(unread) : words.name;
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (icon !== null) icon.href = unread > 0 ? '/icon-unread.svg' : '/icon.svg';
    showBadge(unread).catch(() => undefined);
  }, [unread]);
}

/** Only some browsers have badges, and only installed apps. 0 takes it away. */
async function showBadge(count: number): Promise<void> {
  const badged: Partial<Pick<Navigator, 'setAppBadge'>> = navigator;
  await badged.setAppBadge?.(count);
}
