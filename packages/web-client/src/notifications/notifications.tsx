import { useEffect, useRef } from 'react';
import { useIncoming } from '../conversations/use-incoming.ts';
import { nameOf } from '../name.ts';
import { HOME, hrefOf, navigate, routeOf } from '../route.ts';
import { type Preference, usePreference } from '../settings/preference.ts';
import { Notifier, type TabLocks } from './notifier.ts';
import { permissionNow } from './permission.ts';

/** Off until somebody asks for it. */
export const NOTIFICATIONS: Preference<'off' | 'on'> = { key: 'parley.notifications', values: ['off', 'on'] };

/** Longer texts are for the conversation. */
const MOST_CHARACTERS = 200;

/** Tells of new messages by the system's notifications, where that is wanted and allowed. Shows nothing itself. */
export function Notifications({ self }: { readonly self: string }) {
  const [wanted] = usePreference(NOTIFICATIONS);
  const notifier = useRef<Notifier>(undefined);
  useEffect(() => {
    // Undefined on plain http, whatever its type says; there are no notifications there either.
    const locks = navigator.locks as TabLocks | undefined;
    if (wanted === 'off' || locks === undefined) return undefined;
    const started = new Notifier({ locks, page: document, show });
    notifier.current = started;
    return () => {
      notifier.current = undefined;
      started.stop();
    };
  }, [wanted]);

  useIncoming(({ from, message }) => {
    if (permissionNow() !== 'granted') return;
    const hash = hrefOf({ ...HOME, conversationId: from.conversationId });
    // One that cannot be shown is no loss: what is unread is counted all the same.
    notifier.current?.tell(nameOf(from.other, self), message.text.slice(0, MOST_CHARACTERS), message.messageId, hash).catch(() => undefined);
  });
  return null;
}

/** By the service worker where there is one: on phones there is no other way, and a click then also finds its tab. */
async function show(title: string, options: NotificationOptions): Promise<void> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const registration = await workers?.getRegistration();
  if (registration?.active) return registration.showNotification(title, options);
  const notification = new Notification(title, options);
  notification.onclick = () => {
    window.focus();
    navigate(routeOf(String(options.data)));
    notification.close();
  };
}
