import type { Position } from '@parley/proto/chat';
import type { AccountView, ConversationView, MessageKey, MessageView, ReplyView, TimelineView } from './api.ts';
import type { Clock } from './clock.ts';
import { type Block, firstWhere } from './conversation-rows.ts';
import { comparePositions, type MessageRow, messageKey } from './rows.ts';
import type { ConversationRow, Outgoing, Store } from './store.ts';

/** What was made of a conversation at one version of it, and of which parts. */
interface MadeTimeline {
  readonly version: number;
  readonly parts: readonly (readonly MessageView[])[];
  readonly timeline: TimelineView;
}

/** What is shown of a block of rows. */
interface Shown {
  readonly rows: readonly MessageRow[];
  /** One for each of `rows`. */
  readonly views: readonly MessageView[];
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

/** Immutable views of the store. What did not change keeps its identity, so that a page renders only what did. */
export class Views {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #messages = new WeakMap<MessageRow | Outgoing, MessageView>();
  readonly #shown = new WeakMap<Block, Shown>();
  readonly #timelines = new Map<string, MadeTimeline>();
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
    if (made?.version === version) return made.timeline;
    const { floor, more = false, loading = 0 } = this.#store.windows.get(conversationId) ?? {};
    const placed = this.#blocks(conversationId).map((block) => viewsFrom(this.#shownOf(block), floor));
    const sending = this.#sending(conversationId).map((message) => this.#sendingView(message));
    const parts = keep(made?.parts ?? [], [...placed, sending].filter((part) => part.length > 0));
    const messages = made && parts === made.parts ? made.timeline.messages : ([] as MessageView[]).concat(...parts);
    const timeline = { messages, more, loading: loading > 0 };
    this.#timelines.set(conversationId, { version, parts, timeline });
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
    const last = this.#blocks(conversationId).findLast((block) => this.#shownOf(block).rows.length > 0);
    const row = last && this.#shownOf(last).rows.at(-1);
    const head = this.#store.heads.get(conversationId);
    return head && this.#isVisible(head) && !(row && comparePositions(row.position, head.position) > 0) ? head : row;
  }

  #isVisible(row: MessageRow): boolean {
    return !(this.#store.hiding.get(messageKey(row)) ?? row.hidden);
  }

  #blocks(conversationId: string): readonly Block[] {
    return this.#store.messages.get(conversationId)?.blocks ?? [];
  }

  /** A block is another one when anything about its messages changes. */
  #shownOf(block: Block): Shown {
    const held = this.#shown.get(block);
    if (held) return held;
    const rows = block.filter((row) => this.#isVisible(row));
    const shown = { rows, views: rows.map((row) => this.#message(row)) };
    this.#shown.set(block, shown);
    return shown;
  }

  /** Messages of the outbox that no server has shown yet. */
  #sending(conversationId: string): Outgoing[] {
    const { me, messages, outgoing } = this.#store;
    const rows = messages.get(conversationId);
    return outgoing.filter((message) => message.conversationId === conversationId && !rows?.has(messageKey({ senderId: me, messageId: message.messageId })));
  }

  #message(row: MessageRow): MessageView {
    const { me, deliveries, ownEdits, receipts } = this.#store;
    const { conversationId, senderId, messageId, deleted, unread } = row;
    const mine = senderId === me;
    const delivery = mine ? deliveries.get(messageId) : undefined;
    const receipt = mine && !deleted ? receipts.of(row) : undefined;
    const failedEdit = mine && !deleted ? ownEdits.failed(messageId) : undefined;
    const pending = mine && !deleted ? ownEdits.pending(messageId) : undefined;
    const before = this.#messages.get(row);
    // Nearly all of its block.
    if (before && !pending && !before.edited?.sending && !row.replyTo && before.delivery === delivery && before.receipt === receipt && before.failedEdit === failedEdit) return before;
    const now = this.#clock.now();
    const edited = row.edit && { at: Math.min(row.edit.at, now), sending: false };
    return this.#kept(row, {
      conversationId, senderId, messageId, deleted, unread, mine, delivery, receipt, failedEdit,
      text: pending?.text ?? row.text,
      sentAt: Math.min(row.sentAt, now),
      edited: deleted ? undefined : pending ? { at: pending.at, sending: true } : edited,
      replyTo: deleted ? undefined : this.#reply(conversationId, row.replyTo),
    });
  }

  #sendingView(message: Outgoing): MessageView {
    const { me, deliveries, ownEdits } = this.#store;
    const { conversationId, messageId, since, replyTo } = message;
    const pending = ownEdits.pending(messageId);
    return this.#kept(message, {
      conversationId, senderId: me, messageId, deleted: false, unread: false, mine: true,
      text: pending?.text ?? message.text,
      sentAt: since,
      delivery: deliveries.get(messageId) ?? message.delivery,
      edited: pending && { at: pending.at, sending: true },
      failedEdit: undefined,
      replyTo: this.#reply(conversationId, replyTo),
    });
  }

  /** What a message answers, as it is known now. */
  #reply(conversationId: string, key: MessageKey | undefined): ReplyView | undefined {
    if (!key) return undefined;
    const { fetched, hiding, me, outgoing, ownEdits } = this.#store;
    const row = this.#store.find(conversationId, key);
    const pending = key.senderId === me ? ownEdits.pending(key.messageId)?.text : undefined;
    if (row && !(hiding.get(messageKey(key)) ?? row.hidden)) return { ...key, status: 'here', text: row.deleted ? '' : pending ?? row.text, deleted: row.deleted };
    const sending = key.senderId === me ? outgoing.find((message) => message.messageId === key.messageId && message.conversationId === conversationId) : undefined;
    if (sending) return { ...key, status: 'here', text: pending ?? sending.text, deleted: false };
    return { ...key, status: row || fetched.isMissing(key) ? 'missing' : 'loading', text: '', deleted: false };
  }

  /** The view that was made of the same thing before, where it says the same. */
  #kept(of: MessageRow | Outgoing, view: MessageView): MessageView {
    const before = this.#messages.get(of);
    if (before && sameView(before, view)) return before;
    this.#messages.set(of, view);
    return view;
  }
}

/** The views from that position on: nearly always all. */
function viewsFrom({ rows, views }: Shown, floor: Position | undefined): readonly MessageView[] {
  const [first] = rows;
  if (!floor || !first || comparePositions(first.position, floor) >= 0) return views;
  return views.slice(firstWhere(rows, (row) => comparePositions(row.position, floor) >= 0));
}

function sameView(a: MessageView, b: MessageView): boolean {
  return a.text === b.text && a.delivery === b.delivery && a.receipt === b.receipt && a.failedEdit === b.failedEdit
    && a.edited?.sending === b.edited?.sending && (!b.edited?.sending || a.edited?.at === b.edited.at)
    && a.replyTo?.status === b.replyTo?.status && a.replyTo?.text === b.replyTo?.text && a.replyTo?.deleted === b.replyTo?.deleted;
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
