import { act, fireEvent, screen, within } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, renderPage, settle } from '../testing/render-page.tsx';
import { followTheme } from './theme.ts';

async function open(): Promise<void> {
  renderPage(MemoryParley.signedIn('alice', ['bob']));
  await clickButton('Settings');
}

afterEach(() => {
  act(() => {
    window.localStorage.clear();
    window.dispatchEvent(new StorageEvent('storage'));
  });
  Reflect.deleteProperty(window, 'isSecureContext');
  Reflect.deleteProperty(globalThis, 'Notification');
});

describe('the theme', () => {
  const themeOfPage = (): string | undefined => document.documentElement.dataset['theme'];
  const radio = (name: string): HTMLInputElement => screen.getByRole('radio', { name });

  test('is the system’s until another one is chosen, which is kept', async () => {
    followTheme();
    await open();
    expect(radio('System').checked).toBe(true);
    expect(themeOfPage()).toBeUndefined();
    await settle(() => fireEvent.click(radio('Dark')));
    expect(themeOfPage()).toBe('dark');
    expect(window.localStorage.getItem('parley.theme')).toBe('dark');
    await settle(() => fireEvent.click(radio('System')));
    expect(themeOfPage()).toBeUndefined();
  });

  test('follows what another tab chose', async () => {
    followTheme();
    await open();
    act(() => {
      window.localStorage.setItem('parley.theme', 'light');
      window.dispatchEvent(new StorageEvent('storage'));
    });
    expect(radio('Light').checked).toBe(true);
    expect(themeOfPage()).toBe('light');
  });

  test('holds for this page where nothing can be stored', async () => {
    const full = jest.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new Error('full');
    });
    followTheme();
    await open();
    await settle(() => fireEvent.click(radio('Dark')));
    expect(themeOfPage()).toBe('dark');
    full.mockRestore();
    await settle(() => fireEvent.click(radio('System')));
  });
});

describe('notifications', () => {
  const section = (): ReturnType<typeof within> => within(screen.getByRole('complementary', { name: 'Settings' }));
  function withNotifications(permission: NotificationPermission, answer: NotificationPermission = permission): void {
    const notification = { permission, requestPermission: async () => (notification.permission = answer) };
    Object.assign(globalThis, { Notification: notification });
  }

  test('are not to be had on plain http, which is said', async () => {
    withNotifications('default');
    Object.defineProperty(window, 'isSecureContext', { value: false, configurable: true });
    await open();
    expect(section().getByText(/only over HTTPS/)).toBeTruthy();
    expect(section().queryByRole('button', { name: 'Turn on' })).toBeNull();
  });

  test('are asked for when somebody wants them, and turned off again', async () => {
    withNotifications('default', 'granted');
    await open();
    await clickButton('Turn on');
    expect(section().getByText(/^On for this browser/)).toBeTruthy();
    expect(window.localStorage.getItem('parley.notifications')).toBe('on');
    await clickButton('Turn off');
    expect(section().getByText(/^Off\./)).toBeTruthy();
  });

  test('that the browser refuses stay off, and it is said where to allow them', async () => {
    withNotifications('default', 'denied');
    await open();
    await clickButton('Turn on');
    expect(section().getByText(/Blocked by your browser/)).toBeTruthy();
    expect(window.localStorage.getItem('parley.notifications')).toBeNull();
  });

  test('a browser without them says so', async () => {
    await open();
    expect(section().getByText(/This browser has no notifications/)).toBeTruthy();
  });
});
