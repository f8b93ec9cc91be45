import { useState } from 'react';
import { NOTIFICATIONS } from '../notifications/notifications.tsx';
import { askPermission, permissionNow } from '../notifications/permission.ts';
import { Button } from '../ui/button.tsx';
import { words } from '../words.ts';
import { usePreference } from './preference.ts';

/** Turns notifications on, which the browser asks about, or off; says why where they cannot be had. */
export function NotificationChoice() {
  const [wanted, setWanted] = usePreference(NOTIFICATIONS);
  const [permission, setPermission] = useState(permissionNow);
  const isOn = wanted === 'on' && permission === 'granted';

  async function turnOn(): Promise<void> {
    const now = await askPermission();
    setPermission(now);
    if (now === 'granted') setWanted('on');
  }

  if (permission === 'insecure' || permission === 'missing') return <p className="hint">{words.settings.notifications[permission]}</p>;
  return (
    <>
      <p className="quiet" role="status">
        {permission === 'denied' ? words.settings.notifications.denied : words.settings.notifications[isOn ? 'isOn' : 'isOff']}
      </p>
      {permission !== 'denied' && (
        <Button onClick={() => (isOn ? setWanted('off') : void turnOn())}>{words.settings.notifications[isOn ? 'turnOff' : 'turnOn']}</Button>
      )}
    </>
  );
}
