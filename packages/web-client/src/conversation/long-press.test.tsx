import { fireEvent, screen } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { conversationWith, messages, openConversationWith, renderPage, settle } from '../testing/render-page.tsx';

const bob = conversationWith('bob');
const pass = (ms: number): Promise<void> => settle(() => jest.advanceTimersByTime(ms));

/** A finger or another pointer goes down on an element of the first message. */
function touch(selector: string, pointerType = 'touch'): Element {
  const element = messages()[0]?.querySelector(selector) ?? document.body;
  fireEvent(element, pointer('pointerdown', pointerType));
  return element;
}
const pointer = (type: string, pointerType: string, clientY = 0): Event =>
  Object.assign(new MouseEvent(type, { bubbles: true, cancelable: true, clientY }), { pointerType });

beforeEach(async () => {
  jest.useFakeTimers();
  const parley = MemoryParley.signedIn('alice', ['bob']);
  parley.put(bob, { text: 'see https://example.org' });
  renderPage(parley);
  await openConversationWith('bob');
});
afterEach(() => void jest.useRealTimers());

test('a finger that is held on a message opens its actions', async () => {
  touch('.message-text');
  await pass(499);
  expect(screen.queryByRole('menu')).toBeNull();
  await pass(1);
  expect(screen.getByRole('menu')).toBeTruthy();
});

test.each([
  ['is lifted', 'pointerup', 0],
  ['scrolls', 'pointercancel', 0],
  ['moves', 'pointermove', 11],
])('not one that %s before', async (_what, type, clientY) => {
  const element = touch('.message-text');
  await pass(300);
  fireEvent(element, pointer(type, 'touch', clientY));
  await pass(1_000);
  expect(screen.queryByRole('menu')).toBeNull();
});

test.each([
  ['a link', 'a', 'touch'],
  ['a mouse', '.message-text', 'mouse'],
])('not on %s', async (_what, selector, pointerType) => {
  touch(selector, pointerType);
  await pass(1_000);
  expect(screen.queryByRole('menu')).toBeNull();
});
