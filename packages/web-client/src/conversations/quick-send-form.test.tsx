import { screen } from '@testing-library/react';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, press, renderPage, settle, type } from '../testing/render-page.tsx';

const box = (): HTMLElement => screen.getByLabelText('Recipient and text');


test('sends to whom the line names, and shows that conversation', async () => {
  const parley = MemoryParley.signedIn('alice', ['bob', 'carol']);
  renderPage(parley);
  type('Recipient and text', 'bob: hello: you');
  await settle(() => press(box(), 'Enter'));
  expect(parley.callsOf('sendTo')).toEqual([['bob', 'hello: you']]);
  expect(screen.getByRole('log', { name: 'Conversation with bob' }).textContent).toContain('hello: you');
});

test('Enter that ends an input method’s composition does not send', async () => {
  const parley = MemoryParley.signedIn('alice', ['carol']);
  renderPage(parley);
  type('Recipient and text', 'carol: かな');
  press(box(), 'Enter', { keyCode: 229 });
  expect(parley.callsOf('sendTo')).toEqual([]);
});

test('says what is missing, and asks nobody', async () => {
  const parley = MemoryParley.signedIn('alice', ['carol']);
  renderPage(parley);
  type('Recipient and text', 'carol hello');
  await clickButton('Start conversation');
  expect(screen.getByText('Put a colon after the username: bob: hello')).toBeTruthy();
  expect(parley.callsOf('sendTo')).toEqual([]);
});

test('a refusal keeps what was typed', async () => {
  const parley = MemoryParley.signedIn('alice', ['carol']);
  parley.failures.set('sendTo', new MemoryFailure('No account is named “bbo”. Check the username.', 'ACCOUNT_NOT_FOUND'));
  renderPage(parley);
  type('Recipient and text', 'bbo: hello');
  await clickButton('Start conversation');
  expect(screen.getByText('No account is named “bbo”. Check the username.')).toBeTruthy();
  expect(box()).toHaveProperty('value', 'bbo: hello');
});

test('completes the username', async () => {
  renderPage(MemoryParley.signedIn('alice', ['bob', 'Bobby', 'carol']));
  type('Recipient and text', 'bO');
  expect(screen.queryByRole('button', { name: 'carol' })).toBeNull();
  await clickButton('Bobby');
  expect(box()).toHaveProperty('value', 'Bobby: ');
  expect(document.activeElement).toBe(box());
});
