// A notice of the system when a run ends, for a page that is not looked at. Only a click asks for the permission
// (https://developer.mozilla.org/en-US/docs/Web/API/Notification/requestPermission_static).

/** Whether such notices exist here and were not refused. */
export const canNotify = (): boolean => 'Notification' in globalThis && Notification.permission !== 'denied';

/** Asks where it was not asked yet; true where notices may be shown. */
export async function askToNotify(): Promise<boolean> {
  if (!canNotify()) return false;
  return (await Notification.requestPermission()) === 'granted';
}

/** Shows a notice where that was allowed. Some browsers refuse those of a page; the page itself says it too. */
export function notify(title: string, body: string): void {
  if (!canNotify() || Notification.permission !== 'granted') return;
  try {
    const notice = new Notification(title, { body, icon: 'icon.svg' });
    notice.onclick = () => window.focus();
  } catch {
    // Chrome on Android shows those of service workers only.
  }
}
