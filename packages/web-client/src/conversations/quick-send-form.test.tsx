import { fireEvent, screen } from '@testing-library/react';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { click, clickButton, openConversationWith, press, renderPage, settle, type } from '../testing/render-page.tsx';

const box = (): HTMLElement => screen.getByLabelText('Recipient and text');

async function openDialog(parley: MemoryParley): Promise<void> {
  renderPage(parley);
  await openConversationWith('carol');
  await clickButton('New message');
}

test.each(['ctrlKey', 'metaKey'])('opens by %s+K, over whatever is shown', async (modifier) => {
  renderPage(MemoryParley.signedIn('alice', ['carol']));
  await openConversationWith('carol');
  fireEvent.keyDown(document.body, { key: 'k', [modifier]: true });
  expect(screen.getByRole('dialog', { name: 'Write to someone' })).toBeTruthy();
  expect(document.activeElement).toBe(box());
});

test('sends to whom the line names, and shows that conversation', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob', 'carol']);
  await openDialog(parley);
  type('Recipient and text', 'bob: hello: you');
  await settle(() => press(box(), 'Enter'));
  expect(parley.callsOf('sendTo')).toEqual([['bob', 'hello: you']]);
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(screen.getByRole('log', { name: 'Conversation with bob' }).textContent).toContain('hello: you');
});

test('Enter that ends an input method’s composition does not send', async () => {
  const parley = MemoryParley.signedIn('alice', ['carol']);
  await openDialog(parley);
  type('Recipient and text', 'carol: かな');
  press(box(), 'Enter', { keyCode: 229 });
  expect(parley.callsOf('sendTo')).toEqual([]);
});

test('says what is missing, and asks nobody', async () => {
  const parley = MemoryParley.signedIn('alice', ['carol']);
  await openDialog(parley);
  type('Recipient and text', 'carol hello');
  await clickButton('Start conversation');
  expect(screen.getByText('Put a colon after the username: bob: hello')).toBeTruthy();
  expect(parley.callsOf('sendTo')).toEqual([]);
});

test('a refusal keeps what was typed', async () => {
  const parley = MemoryParley.signedIn('alice', ['carol']);
  parley.failures.set('sendTo', new MemoryFailure('No account is named “bbo”. Check the username.', 'ACCOUNT_NOT_FOUND'));
  await openDialog(parley);
  type('Recipient and text', 'bbo: hello');
  await clickButton('Start conversation');
  expect(screen.getByText('No account is named “bbo”. Check the username.')).toBeTruthy();
  expect(box()).toHaveProperty('value', 'bbo: hello');
});

test('completes the username', async () => {
  await openDialog(MemoryParley.signedIn('alice', ['bob', 'Bobby', 'carol']));
  type('Recipient and text', 'bO');
  expect(screen.queryByRole('button', { name: 'carol' })).toBeNull();
  await clickButton('Bobby');
  expect(box()).toHaveProperty('value', 'Bobby: ');
  expect(document.activeElement).toBe(box());
});

test('the focus goes back to what opened the dialog', async () => {
  renderPage(MemoryParley.signedIn('alice', ['carol']));
  await openConversationWith('carol');
  const opener = screen.getByRole('button', { name: 'New message' });
  opener.focus();
  await click(opener);
  await clickButton('Close');
  expect(document.activeElement).toBe(opener);
});
