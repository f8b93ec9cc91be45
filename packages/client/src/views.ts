import type { AccountView, ConversationView, MessageView, TimelineView } from './api.ts';
import type { Clock } from './clock.ts';
import { comparePositions, type MessageRow, messageKey } from './rows.ts';
import type { ConversationRow, Outgoing, Store } from './store.ts';

/** What was made of a conversation's rows at one version of them. */
interface Made<What> {
  readonly version: number;
  readonly what: What;
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

/** Immutable views of the store. What did not change keeps its identity, so that a page renders only what did. */
export class Views {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #messages = new WeakMap<MessageRow | Outgoing, MessageView>();
  readonly #visible = new Map<string, Made<readonly MessageRow[]>>();
  readonly #timelines = new Map<string, Made<TimelineView>>();
  readonly #conversations = new Map<string, ConversationView>();
  #accountList: readonly AccountView[] = [];
  #conversationList: readonly ConversationView[] = [];
  #timelineMap: ReadonlyMap<string, TimelineView> = new Map();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  accounts(): readonly AccountView[] {
    const accounts = [...this.#store.accounts.values()]
      .filter((account) => !account.deleted && account.accountId !== this.#store.me)
      .sort((a, b) => byName.compare(a.username, b.username));
    this.#accountList = keep(this.#accountList, accounts);
    return this.#accountList;
  }

  conversations(): readonly ConversationView[] | undefined {
    const { conversations, conversationsLoaded, outgoing } = this.#store;
    if (!conversationsLoaded) return undefined;
    const begun = outgoing.filter((message) => !conversations.has(message.conversationId)).map(begunBy);
    const rows = new Map([...begun, ...conversations.values()].map((row) => [row.conversationId, row]));
    const entries = [...rows.values()].map((row) => ({ view: this.#conversation(row), ...this.#newest(row.conversationId) }));
    // Those with a message on its way stand above, the latest first.
    entries.sort((a, b) => b.sending - a.sending || comparePositions(b.row?.position ?? BEFORE_ALL, a.row?.position ?? BEFORE_ALL));
    this.#conversationList = keep(this.#conversationList, entries.map((entry) => entry.view));
    return this.#conversationList;
  }

  timelines(): ReadonlyMap<string, TimelineView> {
    const timelines = new Map([...this.#store.windows.keys()].map((conversationId) => [conversationId, this.#timeline(conversationId)]));
    const same = timelines.size === this.#timelineMap.size && [...timelines].every(([conversationId, timeline]) => this.#timelineMap.get(conversationId) === timeline);
    if (!same) this.#timelineMap = timelines;
    return this.#timelineMap;
  }

  #timeline(conversationId: string): TimelineView {
    const version = this.#store.version(conversationId);
    const made = this.#timelines.get(conversationId);
    if (made?.version === version) return made.what;
    const window = this.#store.windows.get(conversationId);
    const floor = window?.floor;
    const placed = this.#visibleRows(conversationId)
      .filter((row) => !floor || comparePositions(row.position, floor) >= 0)
      .map((row) => this.#message(row));
    const timeline = {
      messages: [...placed, ...this.#sending(conversationId).map((message) => this.#sendingView(message))],
      more: window?.more ?? false,
      loading: (window?.loading ?? 0) > 0,
    };
    this.#timelines.set(conversationId, { version, what: timeline });
    return timeline;
  }

  #conversation(row: ConversationRow): ConversationView {
    const { accounts, me, typing } = this.#store;
    const otherId = row.otherId ?? '';
    const { message } = this.#newest(row.conversationId);
    const view: ConversationView = {
      conversationId: row.conversationId,
      other: accounts.get(otherId) ?? { accountId: otherId, username: otherId === me ? '' : '…', deleted: false },
      lastMessage: message,
      unreadCount: row.unreadCount,
      typing: typing.has(row.conversationId),
    };
    const before = this.#conversations.get(row.conversationId);
    if (before && before.other === view.other && before.lastMessage === message && before.unreadCount === view.unreadCount && before.typing === view.typing) return before;
    this.#conversations.set(row.conversationId, view);
    return view;
  }

  /** The newest visible message; `sending`: its place in the outbox from 1, 0 for one that a server has. */
  #newest(conversationId: string): { row: MessageRow | undefined; message: MessageView | undefined; sending: number } {
    const row = this.#newestRow(conversationId);
    const last = this.#sending(conversationId).at(-1);
    if (last) return { row, message: this.#sendingView(last), sending: this.#store.outgoing.indexOf(last) + 1 };
    return { row, message: row && this.#message(row), sending: 0 };
  }

  /** A list may have told of a newer one than any that is here with all before it. */
  #newestRow(conversationId: string): MessageRow | undefined {
    const last = this.#visibleRows(conversationId).at(-1);
    const head = this.#store.heads.get(conversationId);
    return head && this.#isVisible(head) && !(last && comparePositions(last.position, head.position) > 0) ? head : last;
  }

  #isVisible(row: MessageRow): boolean {
    return !(this.#store.hiding.get(messageKey(row)) ?? row.hidden);
  }

  #visibleRows(conversationId: string): readonly MessageRow[] {
    const version = this.#store.version(conversationId);
    const made = this.#visible.get(conversationId);
    if (made?.version === version) return made.what;
    const what = this.#store.rows(conversationId).filter((row) => this.#isVisible(row));
    this.#visible.set(conversationId, { version, what });
    return what;
  }

  /** Messages of the outbox that no server has shown yet. */
  #sending(conversationId: string): Outgoing[] {
    const { me, messages, outgoing } = this.#store;
    const rows = messages.get(conversationId);
    return outgoing.filter((message) => message.conversationId === conversationId && !rows?.has(messageKey({ senderId: me, messageId: message.messageId })));
  }

  #message(row: MessageRow): MessageView {
    const mine = row.senderId === this.#store.me;
    const delivery = mine ? this.#store.deliveries.get(row.messageId) : undefined;
    const cached = this.#messages.get(row);
    if (cached && cached.delivery === delivery) return cached;
    const { conversationId, senderId, messageId, text, deleted, unread } = row;
    const sentAt = Math.min(row.sentAt, this.#clock.now());
    const view: MessageView = { conversationId, senderId, messageId, text, sentAt, deleted, unread, mine, delivery };
    this.#messages.set(row, view);
    return view;
  }

  #sendingView(message: Outgoing): MessageView {
    const delivery = this.#store.deliveries.get(message.messageId) ?? message.delivery;
    const cached = this.#messages.get(message);
    if (cached && cached.delivery === delivery) return cached;
    const { conversationId, messageId, text, since } = message;
    const view: MessageView = {
      conversationId, senderId: this.#store.me, messageId, text, sentAt: since, deleted: false, unread: false, mine: true, delivery,
    };
    this.#messages.set(message, view);
    return view;
  }
}

/** The list that was, where the new one has the same items in the same order. */
function keep<Item>(before: readonly Item[], now: readonly Item[]): readonly Item[] {
  return before.length === now.length && before.every((item, index) => item === now[index]) ? before : now;
}

const BEFORE_ALL = { hlc: -1, origin: 0 };

/** A conversation that only the outbox knows of: its first message is on its way. */
function begunBy(message: Outgoing): ConversationRow {
  return { conversationId: message.conversationId, otherId: message.recipientId, unreadCount: 0, countedTo: undefined };
}
