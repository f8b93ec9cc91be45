import { fireEvent, screen, within } from '@testing-library/react';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { click, clickButton, conversationWith, openConversationWith, press, renderPage, settle, type } from '../testing/render-page.tsx';

const LABEL = 'Name, or name and text';
const box = (): HTMLElement => screen.getByRole('combobox', { name: LABEL });
const options = (): readonly (string | null | undefined)[] => screen.queryAllByRole('option').map((option) => option.querySelector('.item-name')?.textContent);
const chosen = (): string | null | undefined => screen.queryByRole('option', { selected: true })?.querySelector('.item-name')?.textContent;
const pressHere = (key: string, more: object = {}): Promise<void> => settle(() => press(box(), key, more));
const open = (): Promise<void> => settle(() => fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true }));
const opened = (name: string): HTMLElement => screen.getByRole('log', { name: `Conversation with ${name}` });

/** Over carol's conversation; bob and dave have written, bob last. */
async function openSwitcher(): Promise<MemoryParley> {
  const parley = MemoryParley.signedIn('alice', ['bob', 'bobby', 'carol', 'dave']);
  parley.put(conversationWith('dave'), { text: 'hi' });
  parley.put(conversationWith('bob'), { text: 'hi', unread: true });
  renderPage(parley);
  await openConversationWith('carol');
  await open();
  return parley;
}

test.each(['ctrlKey', 'metaKey'])('opens by %s+K, over whatever is shown, and has the focus', async (modifier) => {
  renderPage(MemoryParley.signedIn('alice', ['carol']));
  await openConversationWith('carol');
  fireEvent.keyDown(document.body, { key: 'k', [modifier]: true });
  expect(screen.getByRole('dialog', { name: 'Go to, or write to someone' })).toBeTruthy();
  expect(document.activeElement).toBe(box());
});

test('at first it offers conversations, the newest first, then people', async () => {
  await openSwitcher();
  expect(options()).toEqual(['bob', 'dave', 'bobby', 'carol']);
  expect(within(screen.getByRole('listbox')).getByText('1 unread')).toBeTruthy();
});

test('a part of a name and Enter lead to a conversation', async () => {
  await openSwitcher();
  type(LABEL, 'av');
  expect(options()).toEqual(['dave']);
  await pressHere('Enter');
  expect(opened('dave')).toBeTruthy();
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('arrow keys choose, and go round', async () => {
  await openSwitcher();
  type(LABEL, 'b');
  expect(options()).toEqual(['bob', 'bobby']);
  expect(chosen()).toBe('bob');
  await pressHere('ArrowUp');
  expect(chosen()).toBe('bobby');
  expect(box().getAttribute('aria-activedescendant')).toBe(screen.getByRole('option', { selected: true }).id);
  await pressHere('ArrowDown');
  await pressHere('ArrowDown');
  await pressHere('Enter');
  expect(opened('bobby')).toBeTruthy();
});

test('a click chooses, too', async () => {
  await openSwitcher();
  await click(screen.getByRole('option', { name: /dave/ }));
  expect(opened('dave')).toBeTruthy();
});

test('a name, a colon and a text is sent at once, and its conversation is shown', async () => {
  const parley = await openSwitcher();
  type(LABEL, 'bob: hello: you');
  expect(options()).toEqual([]);
  expect(screen.getByRole('button', { name: /Send to bob: hello: you/ })).toBeTruthy();
  await pressHere('Enter');
  expect(parley.callsOf('sendTo')).toEqual([['bob', 'hello: you']]);
  expect(opened('bob').textContent).toContain('hello: you');
});

test('Enter that belongs to an input method does nothing', async () => {
  const parley = await openSwitcher();
  type(LABEL, 'bob: かな');
  await pressHere('Enter', { keyCode: 229 });
  expect(parley.callsOf('sendTo')).toEqual([]);
});

test('says what is missing, and keeps what was refused', async () => {
  const parley = await openSwitcher();
  type(LABEL, 'bob:');
  await pressHere('Enter');
  expect(screen.getByText('Write something after the colon: bob: hello')).toBeTruthy();
  parley.failures.set('sendTo', new MemoryFailure('No account is named “bbo”. Check the username.', 'ACCOUNT_NOT_FOUND'));
  type(LABEL, 'bbo: hello');
  await pressHere('Enter');
  expect(screen.getByText('No account is named “bbo”. Check the username.')).toBeTruthy();
  expect(box()).toHaveProperty('value', 'bbo: hello');
});

test('whom nobody knows is told', async () => {
  await openSwitcher();
  type(LABEL, 'zz');
  expect(screen.getByText('Nobody is called that. Try fewer letters.')).toBeTruthy();
});

test('the focus goes back to what opened it', async () => {
  renderPage(MemoryParley.signedIn('alice', ['carol']));
  await openConversationWith('carol');
  const opener = screen.getByRole('button', { name: 'New message' });
  opener.focus();
  await click(opener);
  await clickButton('Close');
  expect(document.activeElement).toBe(opener);
});
