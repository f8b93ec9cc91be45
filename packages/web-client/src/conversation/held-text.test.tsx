import { cleanup, render, screen } from '@testing-library/react';
import { App } from '../app.tsx';
import { MemoryParley } from '../testing/memory-parley.ts';
import { conversationWith, openConversationWith, press, renderPage, settle, type } from '../testing/render-page.tsx';
import { account } from '../testing/views.ts';

const bob = conversationWith('bob');
const composer = (): HTMLElement => screen.getByLabelText('Message');
const held = (): string[] => Object.keys(window.localStorage).filter((key) => key.startsWith('parley.draft.sending.'));

/** A page on which `hello` was sent to bob, and storage has not taken it yet. `settle`: it has, or has not. */
async function sent() {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  let keep: { resolve: () => void; reject: (error: Error) => void } | undefined;
  parley.kept = () => new Promise((resolve, reject) => {
    keep = { resolve, reject };
  });
  renderPage(parley);
  await openConversationWith('bob');
  type('Message', 'hello');
  press(composer(), 'Enter');
  return { parley, keep: () => keep };
}

beforeEach(() => window.localStorage.clear());

test('what was sent is shown and out of the composer at once, and held until the outbox has it', async () => {
  const { keep } = await sent();
  expect(composer()).toHaveProperty('value', '');
  expect(screen.getByText('hello')).toBeTruthy();
  expect(held()).toHaveLength(1);
  await settle(() => keep()?.resolve());
  expect(held()).toEqual([]);
});

test('a page that ended before that is followed by one that sends it under the same id', async () => {
  const { parley } = await sent();
  const { messageId: id } = JSON.parse(window.localStorage.getItem(held()[0] ?? '') ?? '{}') as { messageId: string };
  cleanup();
  const next = MemoryParley.signedIn('alice', ['bob']);
  render(<App parley={next} />);
  await settle(() => undefined);
  expect(parley.callsOf('send')).toEqual([[bob, 'hello']]);
  expect(next.callsOf('send')).toEqual([[bob, 'hello', { messageId: id }]]);
  expect(held()).toEqual([]);
});

test('what cannot be sent at all is back in the composer, before what was typed since', async () => {
  const { keep } = await sent();
  type('Message', 'and more');
  await settle(() => keep()?.reject(new Error('signed out')));
  expect(composer()).toHaveProperty('value', 'hello\nand more');
  expect(held()).toEqual([]);
});

test("another account's text is not sent", async () => {
  window.localStorage.setItem('parley.draft.sending.somebody.m1', JSON.stringify({ recipientId: account('bob').accountId, messageId: 'm1', text: 'not mine' }));
  const parley = MemoryParley.signedIn('alice', ['bob']);
  render(<App parley={parley} />);
  await settle(() => undefined);
  expect(parley.callsOf('send')).toEqual([]);
});
