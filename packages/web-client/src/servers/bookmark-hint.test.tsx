import { act, screen } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, renderPage } from '../testing/render-page.tsx';
import { server } from '../testing/views.ts';

const hint = (): HTMLElement | null => screen.queryByRole('region', { name: 'A second address' });

function openFrom(secure: boolean): MemoryParley {
  Object.defineProperty(window, 'isSecureContext', { value: secure, configurable: true });
  const parley = MemoryParley.signedIn('alice');
  renderPage(parley);
  return parley;
}

afterEach(() => {
  window.localStorage.clear();
  Reflect.deleteProperty(window, 'isSecureContext');
});

test('on plain http another server’s address is named before this one is down', () => {
  openFrom(false);
  expect(hint()?.querySelector('a')?.href).toBe('http://server1.example/');
});

test('no server is named that is down, or that is the one of this page', () => {
  const parley = openFrom(false);
  act(() => parley.set({ servers: [server('here', { url: window.location.origin }), server('server2', { health: 'dead' }), server('server3')] }));
  expect(hint()?.querySelector('a')?.href).toBe('http://server3.example/');
  act(() => parley.set({ servers: [server('here', { url: window.location.origin })] }));
  expect(hint()).toBeNull();
});

test('it is told until it is dismissed, on this browser for good', async () => {
  openFrom(false);
  await clickButton('Got it');
  expect(hint()).toBeNull();
  expect(window.localStorage.getItem('parley.bookmark-hint')).toBe('told');
});

test('where a browser keeps a copy of the page nothing is said', () => {
  openFrom(true);
  expect(hint()).toBeNull();
});
