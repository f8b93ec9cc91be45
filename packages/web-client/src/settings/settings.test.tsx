import { act, screen, within } from '@testing-library/react';
import { MemoryFailure, MemoryParley } from '../testing/memory-parley.ts';
import { click, clickButton, conversationWith, press, renderPage, type } from '../testing/render-page.tsx';

async function open(): Promise<MemoryParley> {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  renderPage(parley);
  await clickButton('Settings');
  return parley;
}

describe('changing the password', () => {
  test('asks for both, and says that it is done', async () => {
    const parley = await open();
    await clickButton('Change password');
    type('Current password', 'old password');
    type('New password', 'new password');
    await clickButton('Change password');
    expect(parley.callsOf('changePassword')).toEqual([['old password', 'new password']]);
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.getByText('Password changed. Other devices have to sign in again.')).toBeTruthy();
  });

  test.each([
    ['', 'new password', 'Type your password.'],
    ['old password', 'short', 'Use at least 8 characters.'],
    ['old password', 'old password', 'Choose a password that differs from the current one.'],
  ])('from %j to %j is not asked for', async (current, next, problem) => {
    const parley = await open();
    await clickButton('Change password');
    type('Current password', current);
    type('New password', next);
    await clickButton('Change password');
    expect(screen.getByText(problem)).toBeTruthy();
    expect(parley.callsOf('changePassword')).toEqual([]);
  });

  test('a refusal stays in the dialog', async () => {
    const parley = await open();
    parley.failures.set('changePassword', new MemoryFailure('The current password is wrong. Type it again.', 'WRONG_PASSWORD'));
    await clickButton('Change password');
    type('Current password', 'old password');
    type('New password', 'new password');
    await clickButton('Change password');
    expect(within(screen.getByRole('dialog')).getByRole('alert').textContent).toBe('The current password is wrong. Type it again.');
  });
});

describe('deleting the account', () => {
  test('offers all that the account has as a file first', async () => {
    const files: { name: string; blob: Blob }[] = [];
    let blob = new Blob();
    URL.createObjectURL = (made) => {
      blob = made as Blob;
      return 'blob:made';
    };
    HTMLAnchorElement.prototype.click = function click(this: HTMLAnchorElement): void {
      files.push({ name: this.download, blob });
    };
    const parley = await open();
    act(() => void parley.put(conversationWith('bob'), { text: 'to be kept' }));
    await clickButton('Delete account');
    await clickButton('Download my data');
    await screen.findByText('1 message downloaded.');
    expect(files).toMatchObject([{ name: 'parley-alice.json', blob: { type: 'application/json' } }]);
    expect(files[0]?.blob.size).toBeGreaterThan(100);
    parley.failures.set('exportConversations', new MemoryFailure('No server answers. Try again in a moment.', 'UNREACHABLE'));
    await clickButton('Download my data');
    expect(screen.getByText('The download failed. No server answers. Try again in a moment.')).toBeTruthy();
  });

  test('says what will happen, and wants username and password', async () => {
    const parley = await open();
    await clickButton('Delete account');
    const dialog = screen.getByRole('dialog', { name: 'Delete account' });
    expect(dialog.textContent).toContain('as from “Deleted account”');
    expect(document.activeElement).toBe(screen.getByLabelText('Username'));
    await clickButton('Delete account');
    expect(screen.getByText('Type your username.')).toBeTruthy();
    expect(screen.getByText('Type your password.')).toBeTruthy();
    expect(parley.callsOf('deleteAccount')).toEqual([]);
    type('Username', 'alice');
    type('Password', 'my password');
    await clickButton('Delete account');
    expect(parley.callsOf('deleteAccount')).toEqual([['alice', 'my password']]);
    expect(screen.getByRole('button', { name: 'Create account' })).toBeTruthy();
  });

  test('a refusal is told', async () => {
    const parley = await open();
    parley.failures.set('deleteAccount', new MemoryFailure('Username or password is not this account’s. Check both.', 'WRONG_PASSWORD'));
    await clickButton('Delete account');
    type('Username', 'alice');
    type('Password', 'wrong');
    await clickButton('Delete account');
    expect(within(screen.getByRole('dialog')).getByRole('alert').textContent).toContain('is not this account’s');
  });

  test('can be thought better of: Cancel, and the focus is back', async () => {
    const parley = await open();
    const opener = screen.getByRole('button', { name: 'Delete account' });
    opener.focus();
    await click(opener);
    await clickButton('Cancel');
    expect(document.activeElement).toBe(opener);
    expect(parley.callsOf('deleteAccount')).toEqual([]);
  });
});

describe('signing out', () => {
  test('is one click', async () => {
    const parley = await open();
    await clickButton('Sign out');
    expect(parley.callsOf('logOut')).toEqual([[false]]);
    expect(screen.getByRole('button', { name: 'Sign in' })).toBeTruthy();
  });

  test('everywhere', async () => {
    const parley = await open();
    await clickButton('End all sessions');
    expect(parley.callsOf('logOut')).toEqual([[true]]);
  });

  test('everywhere needs a server, and says so where none answers', async () => {
    const parley = await open();
    parley.failures.set('logOut', new MemoryFailure('No server answers. Try again in a moment.', 'UNREACHABLE'));
    await clickButton('End all sessions');
    expect(within(screen.getByRole('complementary', { name: 'Settings' })).getByRole('alert').textContent).toBe(
      'No server answers. Try again in a moment.',
    );
  });

  test('with messages that are not safe yet is asked about first', async () => {
    const parley = await open();
    act(() => parley.set({ unsent: 1 }));
    await clickButton('Sign out');
    expect(screen.getByRole('dialog').textContent).toContain('1 message is not safe yet');
    expect(parley.callsOf('logOut')).toEqual([]);
    await clickButton('Stay signed in');
    await clickButton('Sign out');
    await clickButton('Sign out and discard');
    expect(parley.callsOf('logOut')).toHaveLength(1);
  });

  test('everywhere asks about them too', async () => {
    const parley = await open();
    act(() => parley.set({ unsent: 2 }));
    await clickButton('End all sessions');
    expect(screen.getByRole('dialog').textContent).toContain('2 messages are not safe yet');
    await clickButton('Stay signed in');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(parley.callsOf('logOut')).toEqual([]);
    await clickButton('End all sessions');
    await clickButton('Sign out and discard');
    expect(parley.callsOf('logOut')).toEqual([[true]]);
  });
});

test('the panel takes the focus, Escape closes it, and a dialog’s Escape does not', async () => {
  await open();
  expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Settings' }));
  await clickButton('Change password');
  press(screen.getByLabelText('Current password'), 'Escape');
  expect(screen.getByRole('dialog')).toBeTruthy();
});
