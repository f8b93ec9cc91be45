import { act, fireEvent, screen, within } from '@testing-library/react';
import type { MessageView } from '@parley/client/api';
import { MemoryParley } from '../testing/memory-parley.ts';
import { click, clickButton, conversationWith, messages, openConversationWith, press, renderPage, settle, type } from '../testing/render-page.tsx';
import { account } from '../testing/views.ts';

const bob = conversationWith('bob');
const me = account('alice').accountId;

async function open(...all: readonly Partial<MessageView>[]): Promise<MemoryParley> {
  const parley = MemoryParley.signedIn('alice', ['bob']);
  for (const message of all) parley.put(bob, message);
  renderPage(parley);
  await openConversationWith('bob');
  return parley;
}
const item = (index: number): HTMLElement => messages()[index] ?? document.body;
const choose = async (index: number, action: string): Promise<void> => {
  await click(within(item(index)).getByRole('button', { name: 'Actions' }));
  await click(screen.getByRole('menuitem', { name: action }));
};
const menuOf = async (index: number) => {
  await click(within(item(index)).getByRole('button', { name: 'Actions' }));
  const names = screen.getAllByRole('menuitem').map(({ textContent }) => textContent);
  press(screen.getByRole('menu'), 'Escape');
  return names;
};
const sendByEnter = (text: string): Promise<void> => {
  type('Message', text);
  return settle(() => press(screen.getByLabelText('Message'), 'Enter'));
};

test('what can be done with a message depends on whose it is, and whether it is there', async () => {
  await open({ text: 'theirs' }, { text: 'mine', mine: true, senderId: me }, { text: '', deleted: true });
  expect(await menuOf(0)).toEqual(['Reply', 'Copy text', 'Delete for me']);
  expect(await menuOf(1)).toEqual(['Reply', 'Edit', 'Copy text', 'Delete for me', 'Delete for everyone…']);
  expect(await menuOf(2)).toEqual(['Delete for me']);
});

test('under the pointer, or the focus, what is done most has a button of its own', async () => {
  const parley = await open({ text: 'theirs' }, { text: 'mine', mine: true, senderId: me }, { text: '', deleted: true });
  const buttonsOf = (index: number) => within(item(index)).getAllByRole('button').map(({ textContent }) => textContent);
  expect(buttonsOf(0)).toEqual(['Actions']);
  for (const message of messages()) fireEvent.pointerEnter(message);
  expect([0, 1, 2].map(buttonsOf)).toEqual([['Reply', 'Copy text', 'Actions'], ['Reply', 'Edit', 'Copy text', 'Actions'], ['Actions']]);
  await click(within(item(0)).getByRole('button', { name: 'Reply' }));
  expect(screen.getByText('Answering bob')).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByLabelText('Message'));
  await click(within(item(1)).getByRole('button', { name: 'Edit' }));
  expect(screen.getByLabelText<HTMLTextAreaElement>('Message').value).toBe('mine');
  expect(parley.callsOf('deleteMessages')).toEqual([]);
});

test('arrow keys lead along the buttons of a message, and from one message to another', async () => {
  await open({ text: 'first' }, { text: 'second' });
  const button = (index: number, name: string) => within(item(index)).getByRole('button', { name });
  act(() => button(1, 'Actions').focus());
  const keys: readonly (readonly [string, () => HTMLElement])[] = [
    ['ArrowLeft', () => button(1, 'Copy text')],
    ['ArrowLeft', () => button(1, 'Reply')],
    ['ArrowLeft', () => button(1, 'Reply')],
    ['ArrowUp', () => button(0, 'Actions')],
    ['ArrowRight', () => button(0, 'Actions')],
    ['ArrowDown', () => button(1, 'Actions')],
  ];
  for (const [key, expected] of keys) {
    act(() => void press(document.activeElement as HTMLElement, key));
    expect(document.activeElement).toBe(expected());
  }
  expect(screen.getAllByRole('button').filter((one) => one.closest('.message-toolbar') && one.tabIndex === 0)).toEqual([button(1, 'Actions')]);
});

test('an answer names what it answers, once', async () => {
  const parley = await open({ text: 'who comes?' });
  await choose(0, 'Reply');
  expect(screen.getByText('Answering bob')).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByLabelText('Message'));
  await sendByEnter('I do');
  await sendByEnter('and more');
  expect(parley.callsOf('send').map(([, text, options]) => [text, options])).toMatchObject([
    ['I do', { replyTo: { senderId: account('bob').accountId, messageId: 'message-1' } }],
    ['and more', undefined],
  ]);
});

test('a quote shows what is answered, and leads there; what is not here says so', async () => {
  const scrolled: (string | undefined)[] = [];
  Element.prototype.scrollIntoView = function scrollIntoView(this: HTMLElement): void {
    scrolled.push(this.dataset['messageId']);
  };
  const question = { senderId: account('bob').accountId, messageId: 'message-1' };
  const parley = await open(
    { text: 'who comes?' },
    { text: 'I do', mine: true, senderId: me, replyTo: { ...question, status: 'here', text: 'who comes?', deleted: false } },
    { text: 'me too', replyTo: { ...question, messageId: 'far', status: 'here', text: 'long ago', deleted: false } },
    { text: 'and I', replyTo: { ...question, messageId: 'lost', status: 'missing', text: '', deleted: false } },
  );
  await clickButton('Answer to bob who comes?');
  expect(scrolled).toEqual(['message-1']);
  expect(item(0).classList.contains('message-found')).toBe(true);
  await clickButton('Answer to bob long ago');
  expect(parley.callsOf('loadBackTo')).toEqual([[bob, { senderId: question.senderId, messageId: 'far' }]]);
  expect(within(item(3)).getByText('The message that this answers is not here. It may come later.')).toBeTruthy();
});

test('one’s own message is changed in the composer, and says that it was', async () => {
  const parley = await open({ text: 'helo', mine: true, senderId: me });
  await choose(0, 'Edit');
  expect(screen.getByLabelText<HTMLTextAreaElement>('Message').value).toBe('helo');
  await sendByEnter('hello');
  expect(parley.callsOf('edit')).toEqual([[bob, 'message-1', 'hello']]);
  act(() => void parley.put(bob, { messageId: 'message-1', senderId: me, mine: true, text: 'hello', edited: { at: Date.now(), sending: false } }));
  expect(within(item(0)).getByText('edited')).toBeTruthy();
});

test('a change that is refused keeps its text, to be changed again or given up', async () => {
  const failedEdit = { text: 'far too often', reason: 'It was edited too often.', code: 'TOO_MANY_EDITS' };
  const parley = await open({ text: 'as it was', mine: true, senderId: me, failedEdit });
  expect(within(item(0)).getByText(/The message was not changed. It was edited too often./)).toBeTruthy();
  await click(within(item(0)).getByRole('button', { name: 'Edit' }));
  expect(screen.getByLabelText<HTMLTextAreaElement>('Message').value).toBe('far too often');
  expect(parley.callsOf('discardEdit')).toEqual([['message-1']]);
  act(() => void parley.put(bob, { messageId: 'message-1', mine: true, senderId: me, failedEdit }));
  await click(within(item(0)).getByRole('button', { name: 'Discard' }));
  expect(parley.callsOf('discardEdit')).toHaveLength(2);
});

test('the text is copied where the browser has no clipboard for pages on plain http, too', async () => {
  const copied: string[] = [];
  document.execCommand = () => copied.push(document.querySelector<HTMLTextAreaElement>('body > textarea')?.value ?? '') > 0;
  await open({ text: 'to be copied' });
  await choose(0, 'Copy text');
  expect(copied).toEqual(['to be copied']);
  expect(screen.getByText('Copied')).toBeTruthy();
});

test('two ticks say that it was delivered, and read', async () => {
  const parley = await open({ mine: true, senderId: me, receipt: 'delivered', delivery: { status: 'stored', stored: 1, replicas: 3, onAllUp: false } });
  expect(within(item(0)).getByTitle('Delivered')).toBeTruthy();
  act(() => void parley.put(bob, { messageId: 'message-1', mine: true, senderId: me, receipt: 'read' }));
  expect(within(item(0)).getByTitle('Read')).toBeTruthy();
});

test('code stands out, and no markup is taken for more than text', async () => {
  await open({ text: 'run `ls <b>` and\n```\n<img src=x onerror=alert(1)>\n```' });
  const [inline, block] = item(0).querySelectorAll('code');
  expect([inline?.textContent, block?.textContent]).toEqual(['ls <b>', '<img src=x onerror=alert(1)>']);
  expect(item(0).querySelector('img, b')).toBeNull();
});
