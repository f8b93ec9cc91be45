import { act, screen, waitForElementToBeRemoved } from '@testing-library/react';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, press, renderPage, settle, type } from '../testing/render-page.tsx';
import { server } from '../testing/views.ts';

const pass = (ms: number): Promise<void> => settle(() => jest.advanceTimersByTime(ms));

function fill(username: string, password: string): void {
  type('Username', username);
  type('Password', password);
}

test('one screen signs in, creates accounts, and says how many servers answer', () => {
  renderPage(new MemoryParley());
  expect(screen.getByRole('button', { name: 'Sign in' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Create account' })).toBeTruthy();
  expect(screen.getByText('3 of 3 servers live')).toBeTruthy();
});

test('says when no server answers, and when none was asked yet', () => {
  const parley = new MemoryParley({ servers: [server('server1', { health: 'unknown' })] });
  renderPage(parley);
  expect(screen.getByText('Looking for servers…')).toBeTruthy();
  act(() => parley.set({ servers: [server('server1', { health: 'dead' })] }));
  expect(screen.getByText('No server answers. Trying again by itself.')).toBeTruthy();
});

test('signs in, without the spaces around the username but with those in the password', async () => {
  const parley = new MemoryParley();
  renderPage(parley);
  fill(' alice ', ' pass word ');
  await clickButton('Sign in');
  expect(parley.callsOf('logIn')).toEqual([['alice', ' pass word ']]);
  expect(screen.getByRole('button', { name: 'Sign out' })).toBeTruthy();
});

test('creates an account', async () => {
  const parley = new MemoryParley();
  renderPage(parley);
  fill('alice', 'long enough');
  await clickButton('Create account');
  expect(parley.callsOf('createAccount')).toEqual([['alice', 'long enough']]);
  expect(screen.getByRole('button', { name: 'Sign out' })).toBeTruthy();
});

test.each([
  ['', 'long enough', 'Username', 'Type your username.'],
  ['al ice', 'long enough', 'Username', 'Use letters, digits, and _ . - only.'],
  ['a~k3f9', 'long enough', 'Username', 'Use letters, digits, and _ . - only.'],
  ['a'.repeat(33), 'long enough', 'Username', 'Use at most 32 characters.'],
  ['alice', '', 'Password', 'Type your password.'],
  ['alice', 'short', 'Password', 'Use at least 8 characters.'],
  ['alice', 'x'.repeat(129), 'Password', 'Use at most 128 characters.'],
])('a new account %j with password %j is not asked for: the field says why', async (username, password, field, problem) => {
  const parley = new MemoryParley();
  renderPage(parley);
  fill(username, password);
  await clickButton('Create account');
  expect(parley.calls).toEqual([]);
  const input = screen.getByLabelText(field);
  expect(document.activeElement).toBe(input);
  expect(input.getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent).toBe(problem);
});

test('signing in asks for nothing that only a new account needs', async () => {
  const parley = new MemoryParley();
  renderPage(parley);
  fill('alice~k3f9', 'old');
  await clickButton('Sign in');
  expect(parley.callsOf('logIn')).toHaveLength(1);
});

test('a refusal is shown with the form, and goes with the next try', async () => {
  const parley = new MemoryParley();
  parley.failures.set('logIn', new MemoryFailure('Username or password is wrong. Check both and try again.'));
  renderPage(parley);
  fill('alice', 'wrong password');
  await clickButton('Sign in');
  expect(screen.getByRole('alert').textContent).toBe('Username or password is wrong. Check both and try again.');
  parley.failures.clear();
  await clickButton('Sign in');
  expect(screen.getByRole('button', { name: 'Sign out' })).toBeTruthy();
});

test('what a server says of a field is shown at the field', async () => {
  const parley = new MemoryParley();
  parley.failures.set('createAccount', new MemoryFailure('Invalid.', 'INVALID_FIELD', { username: 'Choose another name.' }));
  renderPage(parley);
  fill('alice', 'long enough');
  await clickButton('Create account');
  expect(screen.getByText('Choose another name.').className).toBe('problem');
  expect(screen.getByRole('alert').textContent).toBe('');
});

test('tells that it waits, when no answer comes soon', async () => {
  jest.useFakeTimers();
  const parley = new MemoryParley();
  parley.logIn = () => new Promise(() => undefined);
  renderPage(parley);
  fill('alice', 'a password');
  await clickButton('Sign in');
  expect(screen.queryByText('One moment…')).toBeNull();
  await pass(200);
  expect(screen.getByText('One moment…')).toBeTruthy();
  await pass(4_800);
  expect(screen.getByText('Still waiting for an answer. Every server is being tried.')).toBeTruthy();
  jest.useRealTimers();
});

test('says why somebody is signed out who did not ask for it', () => {
  renderPage(new MemoryParley({ session: { status: 'signed-out', reason: 'Your session has expired. Sign in again.' } }));
  expect(screen.getByText('Your session has expired. Sign in again.')).toBeTruthy();
});

test('servers can be looked at, and added, before signing in', async () => {
  renderPage(new MemoryParley());
  await clickButton('Servers');
  expect(screen.getByRole('heading', { name: 'Servers' })).toBe(document.activeElement);
  await clickButton('Add server');
  expect(screen.getByLabelText('Server address')).toBe(document.activeElement);
  press(screen.getByRole('heading', { name: 'Servers' }), 'Escape');
  await waitForElementToBeRemoved(screen.queryByLabelText('Server address'));
});

test('the password can be shown', async () => {
  renderPage(new MemoryParley());
  expect(screen.getByLabelText('Password').getAttribute('type')).toBe('password');
  await clickButton('Show what is typed');
  expect(screen.getByLabelText('Password').getAttribute('type')).toBe('text');
});
