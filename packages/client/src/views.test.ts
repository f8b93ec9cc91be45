import { type Message, Receipt } from '@parley/proto/chat';
import { copiesOf } from '../test/fake-cluster.ts';
import { numbers } from '../test/numbers.ts';
import { VirtualClock } from '../test/virtual-clock.ts';
import type { MessageKey, TimelineView } from './api.ts';
import { ConversationRows } from './conversation-rows.ts';
import { showEdit } from './edits.ts';
import { messageKey } from './rows.ts';
import { type Outgoing, Store } from './store.ts';
import { Views } from './views.ts';

const ME = 'me';
const C = 'c';
const clock = new VirtualClock();

function message(place: number, change: Partial<Message> = {}): Message {
  return {
    conversationId: C, senderId: place % 3 === 0 ? ME : 'bob', messageId: `m${place}`, text: `${place}`, position: { hlc: place, origin: 1 + (place % 2) }, sentAtMs: 1,
    deleted: false, unread: place % 3 !== 0, hidden: false, createdSeq: place, receipt: 0, copies: undefined, ...change,
  };
}
const keyOf = (place: number): MessageKey => ({ senderId: place % 3 === 0 ? ME : 'bob', messageId: `m${place}` });
const outgoing = (place: number): Outgoing => ({
  conversationId: C, recipientId: 'bob', messageId: `m${place}`, text: 'sent', since: 1, replyTo: keyOf(place - 10), delivery: { status: 'stored', stored: 1, replicas: 3, onAllUp: false },
});

function begin(count: number): { store: Store; views: Views; timeline: () => TimelineView | undefined } {
  const store = new Store(() => undefined, () => undefined);
  store.reset(ME);
  store.applyConversation({ conversationId: C, others: [{ accountId: 'bob', username: 'bob', deleted: false }], lastMessage: undefined, unreadCount: 0 }, 'current');
  store.setWindow(C, { loaded: true });
  for (let place = 1; place <= count; place++) store.applyDelta(message(place));
  const views = new Views(store, clock);
  return { store, views, timeline: () => views.timelines().get(C) };
}

test('whatever happens, timelines and the list say what those that are made from nothing say', () => {
  for (let seed = 1; seed <= 6; seed++) {
    const below = numbers(seed);
    const { store, views } = begin(0);
    store.conversationsLoaded = true;
    // Half of all happens to a few messages, which many others answer from other blocks: else hardly anything would happen to one that is answered.
    const any = (): number => (below(2) === 0 ? 1 + below(600) : 1 + 60 * below(12));
    const own = (): number => (below(2) === 0 ? 3 * below(200) : 3 + 60 * below(12));
    const answering = (): Partial<Message> => ({ replyTo: keyOf(below(2) === 0 ? any() : own()) });
    for (let place = 1; place <= 600; place += 1 + below(3)) store.applyDelta(message(place, below(4) === 0 ? answering() : {}));
    const deeds: readonly (() => void)[] = [
      () => store.applyDelta(message(any(), below(3) === 0 ? {} : answering())),
      () => store.applyDelta(message(any(), { edit: { revision: 1 + below(4), stamp: { hlc: below(9), origin: 1 }, editedAtMs: 1 }, text: `edited ${below(99)}` })),
      () => store.applyDelta(message(any(), { deleted: true, text: '' })),
      () => store.applyDelta(message(any(), { position: { hlc: any() - 0.5, origin: 7 } })),
      () => store.applyPage(Array.from({ length: 50 }, (_, n) => message(500 - n)), below(2) === 0 ? 'current' : 'behind'),
      () => store.applyConversation({ conversationId: C, others: [], lastMessage: message(below(2) === 0 ? 500 + any() : any(), { text: `head ${below(9)}` }), unreadCount: below(2) }, 'current'),
      () => store.applyReceipt({ conversationId: C, receipt: below(2) === 0 ? Receipt.RECEIPT_DELIVERED : Receipt.RECEIPT_READ, upTo: [{ origin: 1 + below(2), seq: own() }] }),
      () => store.setHiding([messageKey(keyOf(any()))], [true, false, undefined][below(3)]),
      () => store.applyDeletion([messageKey(keyOf(any()))], below(2) === 0 ? { deleted: true, text: '' } : { hidden: below(2) === 0 }),
      () => store.setOutgoing(Array.from({ length: below(4) }, () => outgoing(own()))),
      () => store.applySent(message(own()), 'bob', { status: 'stored', stored: 1 + below(3), replicas: 3, onAllUp: below(2) === 0 }),
      () => store.applyCopies(`m${own()}`, copiesOf(1 + below(3))),
      () => {
        const edit = { id: `${below(3)}`, kind: 'edit', conversationId: C, messageId: `m${own()}`, text: `mine ${below(9)}`, revision: 1, at: 1 } as const;
        showEdit(edit, below(2) === 0, store);
      },
      () => {
        const place = any();
        store.applyFetched([keyOf(place), keyOf(any())], [message(place)], 'current');
      },
      () => store.lackingAgain(),
      () => store.applyReadMark(C, new Set([messageKey(keyOf(any())), messageKey(keyOf(any()))]), below(2)),
      () => store.setWindow(C, { floor: below(2) === 0 ? undefined : { hlc: below(300), origin: 0 }, keep: 20 + below(200) }),
      () => {
        store.setOutgoing([]);
        store.applyReadMark(C, new Set(store.rows(C).map(messageKey)), 0);
        store.letGoOfOld(C);
      },
    ];
    for (let step = 0; step < 250; step++) {
      const which = below(deeds.length);
      deeds[which]?.();
      const [kept, fresh] = [views, new Views(store, clock)].map((each) => ({ timeline: each.timelines().get(C), conversations: each.conversations() }));
      // Thousands of times: where they differ the slower comparison says how.
      if (JSON.stringify(kept) !== JSON.stringify(fresh)) expect({ seed, step, which, ...kept }).toEqual({ seed, step, which, ...fresh });
    }
  }
});

test('what leaves the outbox costs the same however many conversations there are', () => {
  const { store } = begin(0);
  for (let place = 1; place <= 200; place++) store.applyDelta(message(place, { conversationId: `c${place}` }));
  const sent = Array.from({ length: 100 }, (_, index) => ({ ...outgoing(300 + 3 * index), conversationId: 'c1' }));
  store.setOutgoing(sent);
  const renew = jest.spyOn(ConversationRows.prototype, 'renew');
  store.setOutgoing(sent.slice(1));
  expect(renew.mock.calls.length).toBeLessThanOrEqual(sent.length);
  renew.mockRestore();
});

test('a change makes no view anew of another block, and none at all where nothing in it changed', () => {
  const { store, timeline } = begin(2_000);
  const before = timeline();
  store.setWindow(C, { loading: 1 });
  expect(timeline()?.messages).toBe(before?.messages);
  let asked = 0;
  const { deliveries } = store;
  const get = deliveries.get.bind(deliveries);
  deliveries.get = (messageId) => {
    asked += 1;
    return get(messageId);
  };
  store.applyDelta(message(2_001));
  expect(timeline()?.messages).toHaveLength(2_001);
  expect(asked).toBeLessThanOrEqual(256);
  expect(timeline()?.messages[0]).toBe(before?.messages[0]);
});
