import type { MessageView } from '@parley/client/api';
import { act, screen } from '@testing-library/react';
import { account, MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, conversationWith, openConversationWith, press, renderPage, settle, type } from '../testing/render-page.tsx';

const bob = conversationWith('bob');
const composer = (): HTMLElement => screen.getByLabelText('Message');
const pressHere = (key: string, more: object = {}): Promise<void> => settle(() => press(composer(), key, more));
const isEditing = (): boolean => screen.queryByText('Changing your message') !== null;

/** bob's conversation, with one message of his between two of one's own. */
async function openBob(): Promise<{ parley: MemoryParley; last: MessageView }> {
  const parley = MemoryParley.signedIn('alice', ['bob', 'carol']);
  const mine = { mine: true, senderId: account('alice').accountId };
  parley.put(bob, { ...mine, text: 'first' });
  parley.put(bob, { text: 'from bob' });
  const last = parley.put(bob, { ...mine, text: 'last' });
  renderPage(parley);
  await openConversationWith('bob');
  return { parley, last };
}

test('arrow up in an empty box changes the last message of one’s own', async () => {
  const { parley, last } = await openBob();
  await pressHere('ArrowUp');
  expect(isEditing()).toBe(true);
  expect(composer()).toHaveProperty('value', 'last');
  type('Message', 'last, changed');
  await pressHere('Enter');
  expect(parley.callsOf('edit')).toEqual([[bob, last.messageId, 'last, changed']]);
  expect(parley.callsOf('send')).toEqual([]);
  expect(isEditing()).toBe(false);
  expect(composer()).toHaveProperty('value', '');
  expect(document.activeElement).toBe(composer());
});

test('it passes over what is deleted', async () => {
  const { parley, last } = await openBob();
  act(() => void parley.put(bob, { ...last, deleted: true, text: '' }));
  await pressHere('ArrowUp');
  expect(composer()).toHaveProperty('value', 'first');
});

test('arrow up in a box with text, or with a modifier key, or in an input method, moves nothing but the caret', async () => {
  await openBob();
  await pressHere('ArrowUp', { shiftKey: true });
  await pressHere('ArrowUp', { isComposing: true });
  type('Message', 'a draft');
  await pressHere('ArrowUp');
  expect(isEditing()).toBe(false);
});

test('without a message of one’s own it does nothing', async () => {
  renderPage(MemoryParley.signedIn('alice', ['bob']));
  await openConversationWith('bob');
  await pressHere('ArrowUp');
  expect(isEditing()).toBe(false);
});

test('Escape leaves the message as it is, and the focus in the box', async () => {
  const { parley } = await openBob();
  await pressHere('ArrowUp');
  type('Message', 'something else');
  await pressHere('Escape');
  expect(isEditing()).toBe(false);
  expect(composer()).toHaveProperty('value', '');
  expect(document.activeElement).toBe(composer());
  expect(parley.callsOf('edit')).toEqual([]);
});

test('so does its button; a text that was not changed is not told to anybody', async () => {
  const { parley } = await openBob();
  await pressHere('ArrowUp');
  await clickButton('Leave it as it is');
  expect(isEditing()).toBe(false);
  await pressHere('ArrowUp');
  await clickButton('Save');
  expect(isEditing()).toBe(false);
  expect(parley.callsOf('edit')).toEqual([]);
});

test('what is being changed is no draft', async () => {
  await openBob();
  await pressHere('ArrowUp');
  type('Message', 'half changed');
  expect(Object.keys(window.localStorage)).toEqual([]);
});

test('an edit that is refused says why; one that is kept for later says nothing', async () => {
  const { parley } = await openBob();
  parley.failures.set('edit', new MemoryFailure('No server answers.', 'KEPT'));
  await pressHere('ArrowUp');
  type('Message', 'later');
  await pressHere('Enter');
  expect(screen.queryByText(/was not changed/)).toBeNull();
  parley.failures.set('edit', new MemoryFailure('It was deleted.', 'MESSAGE_DELETED'));
  await pressHere('ArrowUp');
  type('Message', 'too late');
  await pressHere('Enter');
  expect(screen.getByText('The message was not changed. It was deleted.')).toBeTruthy();
});
