import { fireEvent, screen } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, conversationWith, messages, openConversationWith, press, renderPage, settle, type } from '../testing/render-page.tsx';

const bob = conversationWith('bob');
const pass = (ms: number): Promise<void> => settle(() => jest.advanceTimersByTime(ms));
const composer = (): HTMLElement => screen.getByLabelText('Message');

async function openBob(parley = MemoryParley.signedIn('alice', ['bob', 'carol'])): Promise<MemoryParley> {
  renderPage(parley);
  await openConversationWith('bob');
  return parley;
}

test('Enter sends what was typed, as it was typed, and clears the composer', async () => {
  const parley = await openBob();
  type('Message', ' two\nlines ');
  expect(press(composer(), 'Enter')).toBe(false);
  expect(parley.callsOf('send')).toEqual([[bob, ' two\nlines ']]);
  expect(composer()).toHaveProperty('value', '');
  expect(messages().map((message) => message.querySelector('.message-text')?.textContent)).toEqual([' two\nlines ']);
});

test('so does the button, and there is one such button', async () => {
  const parley = await openBob();
  type('Message', 'hello');
  await clickButton('Send');
  expect(parley.callsOf('send')).toEqual([[bob, 'hello']]);
});

test('Shift+Enter breaks the line', async () => {
  const parley = await openBob();
  type('Message', 'hello');
  expect(press(composer(), 'Enter', { shiftKey: true })).toBe(true);
  expect(parley.callsOf('send')).toEqual([]);
});

test.each([
  ['isComposing is set', { isComposing: true }],
  ['the key code is 229', { keyCode: 229 }],
])('Enter belongs to the input method while %s', async (_when, event) => {
  const parley = await openBob();
  type('Message', 'かな');
  expect(press(composer(), 'Enter', event)).toBe(true);
  expect(parley.callsOf('send')).toEqual([]);
});

test('nothing is sent of white space alone', async () => {
  const parley = await openBob();
  type('Message', ' \n ');
  press(composer(), 'Enter');
  await clickButton('Send');
  expect(parley.callsOf('send')).toEqual([]);
});

test('counts down near the limit of 8,000 characters, whatever their encoding, and keeps what is too long', async () => {
  const parley = await openBob();
  type('Message', '👋'.repeat(7_990));
  expect(screen.getByText('10 characters left')).toBeTruthy();
  type('Message', '👋'.repeat(8_001));
  expect(screen.getByText('Too long: shorten it by 1 character.')).toBeTruthy();
  press(composer(), 'Enter');
  expect(parley.callsOf('send')).toEqual([]);
  expect(composer().getAttribute('aria-invalid')).toBe('true');
});

test('each conversation keeps its draft, also for the next visit', async () => {
  await openBob();
  type('Message', 'for bob');
  await openConversationWith('carol');
  expect(composer()).toHaveProperty('value', '');
  await openConversationWith('bob');
  expect(composer()).toHaveProperty('value', 'for bob');
  expect(Object.values(window.localStorage)).toEqual(['for bob']);
});

test('signing out removes the drafts from the device', async () => {
  await openBob();
  type('Message', 'secret');
  await clickButton('Sign out');
  expect(window.localStorage).toHaveLength(0);
  expect(window.location.hash).toBe('');
});

test('tells that one is typing, at most every three seconds', async () => {
  jest.useFakeTimers();
  const parley = await openBob();
  type('Message', 'h');
  type('Message', 'he');
  expect(parley.callsOf('typing')).toEqual([[bob]]);
  await pass(3_000);
  type('Message', 'hel');
  expect(parley.callsOf('typing')).toHaveLength(2);
  jest.useRealTimers();
});

test('a colon in an open conversation does not send elsewhere', async () => {
  const parley = await openBob();
  type('Message', 'carol: hello');
  press(composer(), 'Enter');
  expect(parley.callsOf('send')).toEqual([[bob, 'carol: hello']]);
  expect(parley.callsOf('sendTo')).toEqual([]);
});

test('the composer has the focus when a conversation is opened, and after a click on Send', async () => {
  await openBob();
  expect(document.activeElement).toBe(composer());
  type('Message', 'hello');
  fireEvent.submit(composer());
  expect(document.activeElement).toBe(composer());
});
