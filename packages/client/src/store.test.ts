import type { Conversation, Message } from '@parley/proto/chat';
import { VirtualClock } from '../test/virtual-clock.ts';
import type { ConversationView } from './api.ts';
import { Store } from './store.ts';
import { Views } from './views.ts';

const ME = 'me';
const BOB = { accountId: 'bob', username: 'bob', deleted: false };

let store: Store;
let views: Views;
let stale: number;
let clock: VirtualClock;

beforeEach(() => {
  stale = 0;
  clock = new VirtualClock();
  store = new Store(() => undefined, () => {
    stale += 1;
  });
  views = new Views(store, clock);
  store.reset(ME);
  store.conversationsLoaded = true;
});

function message(place: number, change: Partial<Message> = {}): Message {
  return {
    conversationId: 'c', senderId: BOB.accountId, messageId: `m${place}`, text: `${place}`, position: { hlc: place, origin: 1 }, sentAtMs: clock.now(),
    deleted: false, unread: change.senderId !== ME, hidden: false, createdSeq: place, receipt: 0, copies: undefined, ...change,
  };
}

const conversation = (unreadCount: number, lastMessage?: Message): Conversation => ({ conversationId: 'c', others: [BOB], lastMessage, unreadCount });

function view(): ConversationView {
  const [first] = views.conversations() ?? [];
  if (!first) throw new Error('there is no conversation');
  return first;
}

describe('the unread count', () => {
  test('is that of the server, and rises with each newer message', () => {
    store.applyConversation(conversation(2, message(5)), 'current');
    expect(view().unreadCount).toBe(2);
    store.applyDelta(message(6));
    store.applyDelta(message(6));
    expect(view().unreadCount).toBe(3);
    store.applyDelta(message(7, { senderId: ME }));
    expect(view().unreadCount).toBe(3);
    expect(stale).toBe(0);
  });

  test('does not count messages of a page that the server has counted', () => {
    store.applyConversation(conversation(2, message(5)), 'current');
    store.applyPage([message(5), message(4)], 'current');
    expect(view().unreadCount).toBe(2);
  });

  test('is asked for again when a message arrives late, further up', () => {
    store.applyConversation(conversation(2, message(5)), 'current');
    store.applyDelta(message(3));
    expect(stale).toBe(1);
  });

  test('is asked for again when a message arrives late that was hidden or read elsewhere', () => {
    store.applyConversation(conversation(2, message(5)), 'current');
    store.applyDelta(message(3, { hidden: true }));
    store.applyDelta(message(2, { unread: false, deleted: true }));
    expect(stale).toBe(2);
    store.applyDelta(message(1, { senderId: ME }));
    expect(stale).toBe(2);
  });

  test('counts each message of a page once, though the newest comes first', () => {
    store.applyConversation(conversation(1, message(5)), 'current');
    store.applyPage([message(8), message(7), message(6), message(5)], 'current');
    store.applyPage([message(8), message(7), message(6), message(5)], 'current');
    expect(view().unreadCount).toBe(4);
    expect(stale).toBe(0);
  });

  test('is asked for again when a page brings unread messages that it may lack', () => {
    store.applyConversation(conversation(2, message(5)), 'current');
    store.applyPage([message(5), message(4), message(3, { unread: false })], 'current');
    expect(stale).toBe(1);
  });

  test('falls when unread messages are read elsewhere, hidden, or deleted', () => {
    store.applyConversation(conversation(0, message(1, { unread: false })), 'current');
    for (const place of [2, 3, 4]) store.applyDelta(message(place));
    store.applyDelta(message(2, { unread: false }));
    store.applyDelta(message(3, { hidden: true }));
    expect(view().unreadCount).toBe(1);
    store.applyDelta(message(3));
    expect(view().unreadCount).toBe(2);
  });

  test('of 0 marks as read what the server had seen, and not what is newer', () => {
    store.applyConversation(conversation(0), 'current');
    for (const place of [1, 2, 3]) store.applyDelta(message(place));
    store.setWindow('c', {});
    store.applyConversation(conversation(0, message(2)), 'current');
    expect(views.timelines().get('c')?.messages.map((each) => each.unread)).toEqual([false, false, true]);
    expect(view().unreadCount).toBe(1);
  });

  test('of a server that is behind changes nothing', () => {
    store.applyConversation(conversation(3, message(5)), 'current');
    store.applyConversation(conversation(0, message(4)), 'behind');
    expect(view()).toMatchObject({ unreadCount: 3, lastMessage: { text: '5' } });
  });

  test('of a server that is behind counts its last message where that is new', () => {
    store.applyConversation(conversation(3, message(5)), 'current');
    store.applyConversation(conversation(1, message(6)), 'behind');
    store.applyDelta(message(6));
    expect(view()).toMatchObject({ unreadCount: 4, lastMessage: { text: '6' } });
  });

  test('after a read mark is what came since', () => {
    store.applyConversation(conversation(0), 'current');
    store.applyDelta(message(1));
    store.applyDelta(message(2));
    store.applyReadMark('c', new Set(['bob/m1']), 0);
    expect(view().unreadCount).toBe(1);
    store.applyReadMark('c', new Set(['bob/m1', 'bob/m2']), 0);
    expect(view().unreadCount).toBe(0);
    expect(stale).toBe(0);
    store.applyReadMark('c', new Set(), 4);
    expect(view().unreadCount).toBe(4);
    // Which of the 4 the stream has yet to bring is not known.
    expect(stale).toBe(1);
  });
});

describe('the order', () => {
  test('of messages is that of their positions, wherever they came from', () => {
    store.setWindow('c', {});
    store.applyDelta(message(3));
    store.applyPage([message(4), message(1)], 'current');
    store.applyDelta(message(2, { position: { hlc: 3, origin: 0 } }));
    expect(views.timelines().get('c')?.messages.map((each) => each.text)).toEqual(['1', '2', '3', '4']);
  });

  test('of conversations is by their newest message, with one on its way on top', () => {
    for (const [place, id] of [[2, 'b'], [3, 'a'], [1, 'c']] as const) {
      store.applyConversation({ conversationId: id, others: [BOB], lastMessage: message(place, { conversationId: id }), unreadCount: 0 }, 'current');
    }
    expect(views.conversations()?.map((each) => each.conversationId)).toEqual(['a', 'b', 'c']);
    store.setOutgoing([{ conversationId: 'c', recipientId: 'bob', messageId: 'x', text: 'new', since: 1, delivery: { status: 'sending', since: 1 } }]);
    expect(views.conversations()?.map((each) => each.conversationId)).toEqual(['c', 'a', 'b']);
    expect(view().lastMessage).toMatchObject({ text: 'new', mine: true });
  });

  test('of accounts is by username, without one\'s own and deleted ones', () => {
    for (const [accountId, username] of [['1', 'Zoe'], ['2', 'adam'], ['3', 'Émile'], [ME, 'me']] as const) store.applyAccount({ accountId, username, deleted: false });
    store.applyAccount({ accountId: '4', username: '', deleted: true });
    expect(views.accounts().map((account) => account.username)).toEqual(['adam', 'Émile', 'Zoe']);
  });
});

test('a timeline shows what is loaded: what stands above its floor waits for older pages', () => {
  store.setWindow('c', { loaded: true, floor: { hlc: 5, origin: 1 }, more: true });
  for (const place of [3, 5, 6]) store.applyDelta(message(place));
  expect(views.timelines().get('c')).toMatchObject({ more: true, loading: false, messages: [{ text: '5' }, { text: '6' }] });
  store.setWindow('c', { floor: undefined, more: false });
  expect(views.timelines().get('c')?.messages.map((each) => each.text)).toEqual(['3', '5', '6']);
});

test('a wall time in the future is shown as now', () => {
  store.setWindow('c', {});
  store.applyDelta(message(1, { sentAtMs: clock.now() + 60_000 }));
  expect(views.timelines().get('c')?.messages[0]?.sentAt).toBe(clock.now());
});

test('a message from somebody whose conversation is not known yet shows it, and it is loaded', () => {
  store.applyAccount(BOB);
  store.applyDelta(message(1));
  expect(view()).toMatchObject({ other: BOB, unreadCount: 1 });
  expect(stale).toBe(1);
});

test('the conversation with oneself is with oneself', () => {
  store.applyAccount({ accountId: ME, username: 'alice', deleted: false });
  store.applyConversation({ conversationId: 'self', others: [], lastMessage: undefined, unreadCount: 0 }, 'current');
  expect(view().other).toEqual({ accountId: ME, username: 'alice', deleted: false });
});

test('what did not change keeps its identity', () => {
  store.setWindow('c', {});
  store.setWindow('d', {});
  store.applyConversation(conversation(0), 'current');
  store.applyDelta(message(1));
  store.applyDelta(message(2));
  const [timelines, conversations] = [views.timelines(), views.conversations()];
  store.applyDelta(message(1, { conversationId: 'd', messageId: 'other' }));
  expect(views.timelines().get('c')).toBe(timelines.get('c'));
  expect(views.timelines().get('d')).not.toBe(timelines.get('d'));
  expect(views.conversations()?.find((each) => each.conversationId === 'c')).toBe(conversations?.find((each) => each.conversationId === 'c'));
  store.applyDelta(message(3));
  expect(views.timelines().get('c')?.messages.slice(0, 2)).toEqual(timelines.get('c')?.messages);
  expect(views.timelines().get('c')?.messages[0]).toBe(timelines.get('c')?.messages[0]);
});

describe('[Y7] the newest message that a list tells of', () => {
  const texts = (): string[] => views.timelines().get('c')?.messages.map(({ text }) => text) ?? [];

  beforeEach(() => {
    store.setWindow('c', { loaded: true });
    store.applyConversation(conversation(1, message(1)), 'current');
    store.applyDelta(message(1));
  });

  test.each(['current', 'behind'] as const)('is in the list at once, and in an open timeline once all before it is there (%s)', (standing) => {
    store.applyConversation(conversation(3, message(3)), standing);
    expect(view().lastMessage?.text).toBe('3');
    expect(texts()).toEqual(['1']);
    store.applyDelta(message(2));
    expect(view().lastMessage?.text).toBe('3');
    expect(texts()).toEqual(['1', '2']);
    store.applyDelta(message(3));
    expect(texts()).toEqual(['1', '2', '3']);
    expect(view().lastMessage).toBe(views.timelines().get('c')?.messages.at(-1));
  });

  test('comes into the timeline with a page too, and is counted once', () => {
    store.applyConversation(conversation(3, message(3)), 'current');
    store.applyPage([message(3), message(2), message(1)], 'current');
    expect(texts()).toEqual(['1', '2', '3']);
    expect(view().unreadCount).toBe(3);
  });

  test('counts once where the server that told of it was behind', () => {
    store.applyConversation(conversation(9, message(2)), 'behind');
    expect(view().unreadCount).toBe(2);
    store.applyDelta(message(2));
    expect(view().unreadCount).toBe(2);
    expect(stale).toBe(0);
  });

  test('keeps what was known of it: deleted stays deleted', () => {
    store.applyConversation(conversation(2, message(2, { deleted: true, text: '' })), 'current');
    store.applyPage([message(2)], 'behind');
    expect(views.timelines().get('c')?.messages.at(-1)).toMatchObject({ messageId: 'm2', deleted: true, text: '' });
  });

  test('is not in the list when it is hidden, or when a newer one has come', () => {
    store.applyConversation(conversation(2, message(2)), 'current');
    store.setHiding(['bob/m2'], true);
    expect(view().lastMessage?.text).toBe('1');
    store.setHiding(['bob/m2'], undefined);
    store.applyDelta(message(3));
    expect(view().lastMessage?.text).toBe('3');
  });
});

test('what was fetched of a message, as others answer it, counts when it comes with its page too: deleted stays deleted', () => {
  store.setWindow('c', { loaded: true });
  store.applyFetched([{ senderId: BOB.accountId, messageId: 'm2' }], [message(2, { deleted: true, text: '' })], 'current');
  store.applyPage([message(2)], 'behind');
  expect(views.timelines().get('c')?.messages).toMatchObject([{ messageId: 'm2', deleted: true, text: '' }]);
});
