import { act, screen } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, conversationWith, openConversationWith, press, renderPage, settle, type } from '../testing/render-page.tsx';
import { account } from '../testing/views.ts';

const bob = conversationWith('bob');
let focused: jest.SpyInstance<boolean>;

beforeEach(() => {
  jest.useFakeTimers();
  focused = jest.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(() => {
  focused.mockRestore();
  jest.useRealTimers();
});

const pass = (ms: number): Promise<void> => act(() => jest.advanceTimersByTimeAsync(ms));

function setFocus(has: boolean): void {
  focused.mockReturnValue(has);
  act(() => void window.dispatchEvent(new Event(has ? 'focus' : 'blur')));
}

function withUnread(count: number): MemoryParley {
  const parley = MemoryParley.signedIn('alice', ['bob', 'carol']);
  parley.put(bob, { text: 'read' });
  for (let index = 1; index <= count; index++) parley.put(bob, { text: `unread ${index}`, unread: true });
  renderPage(parley);
  return parley;
}

test('the list has a badge and the title a count, until the conversation was seen for half a second', async () => {
  const parley = withUnread(2);
  expect(document.title).toBe('(2) Parley');
  expect(screen.getByRole('link', { name: /bob.*2 unread/ })).toBeTruthy();
  await openConversationWith('bob');
  await pass(499);
  expect(parley.callsOf('markRead')).toEqual([]);
  await pass(1);
  expect(parley.callsOf('markRead')).toEqual([[bob]]);
  expect(document.title).toBe('Parley');
  expect(screen.queryByText('2 unread')).toBeNull();
});

test('a window without the focus reads nothing', async () => {
  const parley = withUnread(1);
  setFocus(false);
  await openConversationWith('bob');
  await pass(10_000);
  expect(parley.callsOf('markRead')).toEqual([]);
  setFocus(true);
  await pass(500);
  expect(parley.callsOf('markRead')).toHaveLength(1);
});

test('a conversation that is left at once is not read', async () => {
  const parley = withUnread(1);
  await openConversationWith('bob');
  await pass(300);
  await openConversationWith('carol');
  await pass(10_000);
  expect(parley.callsOf('markRead')).toEqual([]);
});

test('answering reads at once', async () => {
  const parley = withUnread(1);
  setFocus(false);
  await openConversationWith('bob');
  type('Message', 'hello');
  await settle(() => press(screen.getByLabelText('Message'), 'Enter'));
  expect(parley.callsOf('markRead')).toEqual([[bob]]);
});

test('without a connection it waits for one', async () => {
  const parley = withUnread(1);
  await openConversationWith('bob');
  act(() => parley.set({ connection: { status: 'reconnecting', since: Date.now(), lastContactAt: undefined } }));
  await pass(10_000);
  expect(parley.callsOf('markRead')).toEqual([]);
  act(() => parley.set({ connection: { status: 'live' } }));
  await pass(500);
  expect(parley.callsOf('markRead')).toHaveLength(1);
});

test('new messages of others are spoken, once; one’s own and old ones are not', async () => {
  const parley = withUnread(1);
  expect(screen.getByRole('status').textContent).toBe('');
  await openConversationWith('bob');
  act(() => void parley.put(bob, { text: 'are you there?', unread: true }));
  expect(screen.getByRole('status').textContent).toBe('bob: are you there?');
  act(() => void parley.put(bob, { text: 'yes', mine: true, senderId: account('alice').accountId }));
  expect(screen.getByRole('status').textContent).toBe('bob: are you there?');
  expect(screen.getByRole('log').getAttribute('aria-live')).toBe('off');
});

test('a line stands above what was unread, also once it is read; it goes when one answers', async () => {
  withUnread(2);
  await openConversationWith('bob');
  const line = (): Element | null => screen.queryByText('New messages')?.closest('[data-new-line]') ?? null;
  expect(line()?.nextElementSibling?.textContent).toContain('unread 1');
  await pass(1_000);
  expect(line()).not.toBeNull();
  type('Message', 'hello');
  await settle(() => press(screen.getByLabelText('Message'), 'Enter'));
  expect(line()).toBeNull();
});

test('what arrives late, above what is seen, is read once it was seen there', async () => {
  const watched: { readonly target: Element; readonly tell: (isIntersecting: boolean) => void }[] = [];
  const asItIs = globalThis.IntersectionObserver;
  globalThis.IntersectionObserver = class {
    readonly #call: (entries: unknown[]) => void;
    constructor(call: (entries: unknown[]) => void) {
      this.#call = call;
    }
    observe(target: Element): void {
      watched.push({ target, tell: (isIntersecting) => this.#call([{ target, isIntersecting, boundingClientRect: target.getBoundingClientRect() }]) });
    }
    unobserve(): void {}
    disconnect(): void {}
  } as unknown as typeof IntersectionObserver;
  const parley = withUnread(0);
  await openConversationWith('bob');
  const [first] = parley.getSnapshot().timelines.get(bob)?.messages ?? [];
  if (first === undefined) throw new Error('there is a message');
  const late = { ...first, messageId: 'late', text: 'late', unread: true };
  act(() => parley.setTimeline(bob, { messages: [late, first], more: false, loading: false }));
  expect(screen.getByText('New messages').closest('li')?.nextElementSibling?.textContent).toContain('late');
  await pass(10_000);
  expect(parley.callsOf('markRead')).toEqual([]);
  Element.prototype.scrollIntoView = function scrollIntoView(this: HTMLElement): void {
    for (const { target, tell } of watched) if (target === this) act(() => tell(true));
  };
  screen.getByRole('button', { name: 'New messages above' }).focus();
  await clickButton('New messages above');
  expect(document.activeElement?.closest('li')?.dataset['messageId']).toBe('late');
  await pass(500);
  expect(parley.callsOf('markRead')).toEqual([[bob]]);
  expect(screen.queryByRole('button', { name: 'New messages above' })).toBeNull();
  globalThis.IntersectionObserver = asItIs;
});

test('where messages come faster than twice a second, who looks on has read them all the same', async () => {
  const parley = withUnread(1);
  await openConversationWith('bob');
  for (let quarter = 0; quarter < 8; quarter++) {
    await pass(250);
    expect(parley.callsOf('markRead')).toHaveLength(quarter === 7 ? 1 : 0);
    act(() => void parley.put(bob, { text: `more ${quarter}`, unread: true }));
  }
  await pass(500);
  expect(parley.callsOf('markRead')).toHaveLength(2);
});
