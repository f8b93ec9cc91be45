import type { MessageView } from '@parley/client/api';
import { act, cleanup, render, screen } from '@testing-library/react';
import { App } from '../app.tsx';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { click, clickButton, conversationWith, openConversationWith, press, renderPage, settle, type } from '../testing/render-page.tsx';
import { account } from '../testing/views.ts';

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

test('what is being changed is no draft, which waits meanwhile', async () => {
  await openBob();
  type('Message', 'a draft');
  await click(screen.getAllByRole('button', { name: 'Actions' }).at(-1) ?? document.body);
  await click(screen.getByRole('menuitem', { name: 'Edit' }));
  type('Message', 'half changed');
  await openConversationWith('carol');
  expect(screen.getByRole('link', { name: /bob/ }).textContent).toContain('Draft: a draft');
  await openConversationWith('bob');
  expect(composer()).toHaveProperty('value', 'half changed');
  await pressHere('Escape');
  expect(composer()).toHaveProperty('value', 'a draft');
  type('Message', '');
  expect(Object.keys(window.localStorage)).toEqual([]);
});

/** The page is closed, and opened again on a client that has loaded only `messages` by now. */
async function reload(...messages: readonly MessageView[]): Promise<MemoryParley> {
  const { hash } = window.location;
  cleanup();
  const parley = MemoryParley.signedIn('alice', ['bob', 'carol']);
  for (const message of messages) parley.put(bob, message);
  window.history.replaceState(null, '', hash);
  render(<App parley={parley} />);
  await settle(() => undefined);
  return parley;
}

test('an answer in progress is there after a reload, with its text and what it answers, loaded or not', async () => {
  const { parley } = await openBob();
  const question = parley.getSnapshot().timelines.get(bob)?.messages[1];
  if (question === undefined) throw new Error('bob has written');
  await click(screen.getAllByRole('button', { name: 'Actions' })[1] ?? document.body);
  await click(screen.getByRole('menuitem', { name: 'Reply' }));
  type('Message', 'half an answer');
  const next = await reload();
  expect(screen.getByText('Answering bob')).toBeTruthy();
  expect(composer()).toHaveProperty('value', 'half an answer');
  act(() => void next.put(bob, question));
  expect(document.querySelector('.composer-quoted')?.textContent).toBe('from bob');
  await pressHere('Enter');
  expect(next.callsOf('send')).toMatchObject([[bob, 'half an answer', { replyTo: { senderId: question.senderId, messageId: question.messageId } }]]);
  await reload();
  expect(screen.queryByText('Answering bob')).toBeNull();
});

test('so is a change in progress; one that was left is not', async () => {
  const { last } = await openBob();
  await pressHere('ArrowUp');
  type('Message', 'half changed');
  const next = await reload(last);
  expect(isEditing()).toBe(true);
  expect(composer()).toHaveProperty('value', 'half changed');
  await pressHere('Enter');
  expect(next.callsOf('edit')).toEqual([[bob, last.messageId, 'half changed']]);
  await pressHere('ArrowUp');
  await pressHere('Escape');
  await reload(last);
  expect(isEditing()).toBe(false);
  expect(Object.keys(window.localStorage)).toEqual([]);
});

test('an edit that is refused says why; one that is kept for later says nothing', async () => {
  const { parley } = await openBob();
  parley.failures.set('edit', new MemoryFailure('No server answers.', 'KEPT'));
  await pressHere('ArrowUp');
  type('Message', 'later');
  await pressHere('Enter');
  expect(screen.queryByText(/was not changed/)).toBeNull();
  parley.failures.set('edit', new MemoryFailure('It was edited too often.', 'TOO_MANY_EDITS'));
  await pressHere('ArrowUp');
  type('Message', 'once more');
  await pressHere('Enter');
  expect(screen.getByText('The message was not changed. It was edited too often.')).toBeTruthy();
  expect(composer()).toHaveProperty('value', '');
});

test('the text of a change that comes after the message was deleted goes back into the box', async () => {
  const { parley } = await openBob();
  parley.failures.set('edit', new MemoryFailure('It was deleted.', 'MESSAGE_DELETED'));
  await pressHere('ArrowUp');
  type('Message', 'many words');
  await pressHere('Enter');
  expect(screen.getByText(/That message was deleted before it was changed. Your text is in the message box/)).toBeTruthy();
  expect(isEditing()).toBe(false);
  expect(composer()).toHaveProperty('value', 'many words');
  await pressHere('Enter');
  expect(parley.callsOf('send')).toEqual([[bob, 'many words']]);
});

test('so it does where the change waited for a server meanwhile, over a reload too; one that was made is forgotten', async () => {
  const { parley, last } = await openBob();
  parley.failures.set('edit', new MemoryFailure('No server answers.', 'KEPT'));
  for (const made of [true, false]) {
    await pressHere('ArrowUp');
    type('Message', made ? 'made' : 'many words');
    await pressHere('Enter');
    act(() => void parley.put(bob, { ...last, edited: { at: 1, sending: true } }));
    if (made) act(() => void parley.put(bob, { ...last, edited: { at: 1, sending: false } }));
    expect(Object.values(window.localStorage)).toEqual(made ? [] : ['many words']);
  }
  await reload({ ...last, text: '', deleted: true });
  expect(screen.getByText(/That message was deleted before it was changed/)).toBeTruthy();
  expect(composer()).toHaveProperty('value', 'many words');
});

test('where nothing can be stored it goes back once, too', async () => {
  const refuse = (): never => {
    throw new DOMException('no', 'SecurityError');
  };
  const refusals = (['getItem', 'setItem', 'removeItem'] as const).map((name) => jest.spyOn(Storage.prototype, name).mockImplementation(refuse));
  const { parley, last } = await openBob();
  parley.failures.set('edit', new MemoryFailure('No server answers.', 'KEPT'));
  await pressHere('ArrowUp');
  type('Message', 'many words');
  await pressHere('Enter');
  act(() => void parley.put(bob, { ...last, text: '', deleted: true }));
  expect(composer()).toHaveProperty('value', 'many words');
  act(() => void parley.put(bob, { text: 'something else' }));
  expect(composer()).toHaveProperty('value', 'many words');
  for (const refusal of refusals) refusal.mockRestore();
});
