/** Whether this browser may notify. `insecure`: the page came over plain http, where browsers do not allow it; `missing`: it cannot at all. */
export type Permission = 'granted' | 'denied' | 'not-asked' | 'insecure' | 'missing';

export function permissionNow(): Permission {
  if (window.isSecureContext === false) return 'insecure';
  if (typeof Notification === 'undefined') return 'missing';
  return Notification.permission === 'default' ? 'not-asked' : Notification.permission;
}

/** Asks the person, who has to have pressed something just now. */
export async function askPermission(): Promise<Permission> {
  if (permissionNow() === 'not-asked') await Notification.requestPermission();
  return permissionNow();
}
