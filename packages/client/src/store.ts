import type { Account, Conversation, Copies, Message, Position, ReceiptMark } from '@parley/proto/chat';
import type { AccountView, Delivery, MessageKey } from './api.ts';
import { ConversationRows } from './conversation-rows.ts';
import { Deliveries, type DeliveriesOptions } from './deliveries.ts';
import { Fetched } from './fetched.ts';
import { Heads } from './heads.ts';
import { OwnEdits } from './own-edits.ts';
import { Receipts } from './receipts.ts';
import { comparePositions, type MessageRow, mergeAccount, mergeMessage, messageKey, type Word } from './rows.ts';
import { isWorthLetting, KEPT_MESSAGES, KEPT_UNOPENED, surplusOf } from './surplus.ts';
import type { Creation } from './ticks.ts';

/** A conversation as the client holds it. */
export interface ConversationRow {
  readonly conversationId: string;
  /** The other account; one's own for the conversation with oneself; undefined until a server tells. */
  readonly otherId: string | undefined;
  readonly unreadCount: number;
  /** The count takes all messages up to here into account. */
  readonly countedTo: Position | undefined;
}

/** The loaded part of an opened conversation: all that is known from `floor` on. */
export interface Window {
  readonly loaded: boolean;
  /** Undefined: from the very first message on (or nothing is loaded yet). */
  readonly floor: Position | undefined;
  readonly more: boolean;
  /** Calls under way. */
  readonly loading: number;
  /** How many messages stay in memory, at least. */
  readonly keep: number;
}

/** A message that this client sends. */
export interface Outgoing {
  readonly conversationId: string;
  readonly recipientId: string | undefined;
  readonly messageId: string;
  readonly text: string;
  readonly replyTo?: MessageKey | undefined;
  readonly since: number;
  readonly delivery: Delivery;
}

/** What a word made of what was held of its message. */
interface Merged {
  readonly held: MessageRow | undefined;
  readonly row: MessageRow;
}

/** Where nothing is kept, and no server known by name. */
const KNOWING_NOTHING: DeliveriesOptions = { ticks: { add: () => undefined, covers: () => false }, namesOf: () => undefined };

const NOT_LOADED: Window = { loaded: false, floor: undefined, more: false, loading: 0, keep: KEPT_MESSAGES };

/**
 * All that the client knows of chats, merged word by word: rows come and change, and go only from sight. It is plain
 * state; ./views.ts makes of it what people see.
 */
export class Store {
  readonly accounts = new Map<string, AccountView>();
  readonly conversations = new Map<string, ConversationRow>();
  readonly windows = new Map<string, Window>();
  /** By conversation. */
  readonly messages = new Map<string, ConversationRows>();
  readonly heads = new Heads();
  /** In the order of sending. */
  outgoing: readonly Outgoing[] = [];
  readonly deliveries: Deliveries;
  /** By message key: hidden or shown again before a server has said so. */
  readonly hiding = new Map<string, boolean>();
  readonly ownEdits = new OwnEdits();
  readonly fetched = new Fetched();
  readonly receipts = new Receipts();
  readonly typing = new Set<string>();
  me = '';
  conversationsLoaded = false;

  readonly #versions = new Map<string, number>();
  readonly #changed: () => void;
  readonly #stale: () => void;
  readonly #lacking: (question: MessageKey) => void;

  /**
   * `changed`: something did. `stale`: what is known of the conversations does not add up; they have to be loaded again. `lacking`: a message answers one that is
   * not here. `deliveries`: what is known of servers and of earlier times for those.
   */
  constructor(changed: () => void, stale: () => void, lacking: (question: MessageKey) => void = () => undefined, deliveries: DeliveriesOptions = KNOWING_NOTHING) {
    this.deliveries = new Deliveries(deliveries);
    this.#changed = changed;
    this.#stale = stale;
    this.#lacking = lacking;
  }

  /** Forgets everything; the next rows are those of the account `me`. */
  reset(me: string): void {
    for (const map of [this.accounts, this.conversations, this.windows, this.messages, this.heads, this.deliveries, this.hiding, this.ownEdits, this.fetched, this.receipts, this.typing]) map.clear();
    this.outgoing = [];
    this.me = me;
    this.conversationsLoaded = false;
    for (const conversationId of this.#versions.keys()) this.touch(conversationId);
    this.touch();
  }

  /** Rises with each change of what is shown of a conversation. */
  version(conversationId: string): number {
    return this.#versions.get(conversationId) ?? 0;
  }

  /** Something about this conversation (or only about other things) changed. */
  touch(conversationId?: string): void {
    if (conversationId !== undefined) this.#versions.set(conversationId, this.version(conversationId) + 1);
    this.#changed();
  }

  applyAccount(word: Account): void {
    const held = this.accounts.get(word.accountId);
    const merged = mergeAccount(held, word);
    if (merged === held) return;
    this.accounts.set(word.accountId, merged);
    this.touch();
  }

  /** The one known account with that username, whatever its case. */
  accountNamed(username: string): string | undefined {
    const name = username.toLowerCase();
    const [account, ...others] = [...this.accounts.values()].filter((each) => !each.deleted && each.username.toLowerCase() === name);
    return others.length === 0 ? account?.accountId : undefined;
  }

  /** A message from the live stream. */
  applyDelta(word: Message): void {
    const { held, row } = this.#merge(word, 'current');
    const conversation = this.conversations.get(row.conversationId);
    if (!conversation) {
      // One's own message from another device does not tell to whom.
      const otherId = row.senderId === this.me ? undefined : row.senderId;
      this.conversations.set(row.conversationId, { conversationId: row.conversationId, otherId, unreadCount: row.unread ? 1 : 0, countedTo: row.position });
      this.#stale();
      return;
    }
    if (!held && row.senderId !== this.me && isCounted(row, conversation)) {
      // It arrived late, or was read, hidden or deleted elsewhere: whether the count has it cannot be told from here.
      this.#stale();
      return;
    }
    this.#count(conversation, held, row);
  }

  /** Messages of a page, the newest first. */
  applyPage(words: readonly Message[], standing: Word): void {
    // The newest one would otherwise pass for having counted those before it.
    for (const word of [...words].reverse()) this.#countWord(this.#merge(word, standing));
  }

  applyConversation(word: Conversation, standing: Word): void {
    const { conversationId, lastMessage } = word;
    for (const account of word.others) this.applyAccount(account);
    const held = this.conversations.get(conversationId);
    const otherId = word.others[0]?.accountId ?? this.me;
    const upTo = lastMessage?.position;
    if (standing === 'behind' && held) {
      this.conversations.set(conversationId, { ...held, otherId });
      if (lastMessage) this.#countWord(this.#mergeHead(lastMessage, standing));
    } else {
      if (lastMessage) this.#mergeHead(lastMessage, standing);
      if (word.unreadCount === 0) this.#setRead(conversationId, (row) => upTo !== undefined && comparePositions(row.position, upTo) <= 0);
      const newer = this.rows(conversationId).filter((row) => row.unread && !row.hidden && upTo !== undefined && comparePositions(row.position, upTo) > 0);
      this.conversations.set(conversationId, { conversationId, otherId, unreadCount: word.unreadCount + newer.length, countedTo: newer.at(-1)?.position ?? upTo });
    }
    this.touch(conversationId);
  }

  /** A read mark was stored that covers the rows `read`; `left` are unread still. */
  applyReadMark(conversationId: string, read: ReadonlySet<string>, left: number): void {
    const held = this.conversations.get(conversationId);
    if (left === 0) this.#setRead(conversationId, (row) => read.has(messageKey(row)));
    const since = this.rows(conversationId).filter((row) => row.unread && !row.hidden && !read.has(messageKey(row))).length;
    if (held) this.conversations.set(conversationId, { ...held, unreadCount: left === 0 ? since : left });
    // Which messages are left, and so which of them the stream has yet to bring, is not told.
    if (left > 0) this.#stale();
    this.touch(conversationId);
  }

  /** A server has a message that this client sent to `recipientId`. The conversation may be new. `copies`: as it says. */
  applySent(word: Message, recipientId: string | undefined, delivery: Delivery, copies?: Copies): void {
    const { conversationId, messageId, position } = word;
    this.deliveries.put(messageId, delivery);
    if (!this.conversations.has(conversationId)) this.conversations.set(conversationId, { conversationId, otherId: recipientId, unreadCount: 0, countedTo: position });
    this.applyPage([word], 'behind');
    this.#touchMessages([messageKey(word)]);
    if (copies) this.applyCopies(messageId, copies, creationOf(word));
    this.touch(conversationId);
  }

  /** So many replicas hold a message of one's own; `counted`: the creation of which they do, where that is known. */
  applyCopies(messageId: string, copies: Copies, counted?: Creation): void {
    const key = messageKey({ senderId: this.me, messageId });
    if (this.deliveries.told(messageId, copies, this.#rowOf(key), counted)) this.#touchMessages([key]);
  }

  /** Somebody else's mark in a conversation. */
  applyReceipt(mark: ReceiptMark): void {
    const isNewOf = this.receipts.apply(mark);
    this.messages.get(mark.conversationId)?.renewWhere((row) => row.senderId === this.me && isNewOf(row));
    this.touch(mark.conversationId);
  }

  setOutgoing(outgoing: readonly Outgoing[]): void {
    const touched = new Set([...this.outgoing, ...outgoing].map((message) => message.conversationId));
    const ids = new Set(outgoing.map((message) => message.messageId));
    // Taken out to be sent once more: that it was refused is over.
    for (const { messageId, delivery } of this.outgoing) if (delivery.status === 'failed' && !ids.has(messageId)) this.deliveries.delete(messageId);
    for (const message of outgoing) this.deliveries.put(message.messageId, message.delivery);
    // Each in its own conversation: an outbox of a thousand is not looked for in all of hundreds with each message that leaves it.
    const conversationOf = new Map([...this.outgoing, ...outgoing].map(({ conversationId, messageId }) => [messageId, conversationId]));
    this.outgoing = outgoing;
    for (const [messageId, conversationId] of conversationOf) this.messages.get(conversationId)?.renew(messageKey({ senderId: this.me, messageId }));
    for (const conversationId of touched) this.touch(conversationId);
  }

  /** Shows messages as hidden or not, whatever the rows say; `undefined`: as the rows say. */
  setHiding(keys: readonly string[], hidden: boolean | undefined): void {
    for (const key of keys) {
      if (hidden === undefined) this.hiding.delete(key);
      else this.hiding.set(key, hidden);
    }
    this.#touchMessages(keys);
  }

  /** What is known of a message, whether it is among the rows that are loaded or not. */
  find(conversationId: string, key: MessageKey): MessageRow | undefined {
    const head = this.heads.get(conversationId);
    const row = this.messages.get(conversationId)?.get(messageKey(key)) ?? (head && messageKey(head) === messageKey(key) ? head : this.fetched.get(key));
    return row?.conversationId === conversationId ? row : undefined;
  }

  /** Servers have these of the messages that were asked for by their ids. */
  applyFetched(asked: readonly MessageKey[], words: readonly Message[], standing: Word): void {
    for (const key of asked) this.fetched.miss(key);
    for (const word of words) this.fetched.put(word, standing);
    this.#touchMessages(asked.map(messageKey));
    this.#touchWindows();
  }

  /** What messages answer and no server had is asked for again. */
  lackingAgain(): void {
    const missing = this.fetched.forgetMissing();
    if (missing.length === 0) return;
    for (const rows of this.messages.values()) for (const key of missing) this.#lookForQuestions(rows.answersTo(key));
    this.#touchMessages(missing);
    this.#touchWindows();
  }

  /** A server has deleted these for everyone, or hidden them for this account, or shown them again. */
  applyDeletion(keys: readonly string[], change: { readonly deleted: true; readonly text: '' } | { readonly hidden: boolean }): void {
    for (const [conversationId, rows] of this.messages) {
      for (const key of keys) {
        const held = rows.get(key);
        if (!held) continue;
        const row = { ...held, ...change };
        rows.put(row);
        const conversation = this.conversations.get(conversationId);
        if (conversation) this.#count(conversation, held, row);
      }
    }
    this.#touchMessages(keys);
  }

  setTyping(conversationId: string, typing: boolean): void {
    if (typing === this.typing.has(conversationId)) return;
    if (typing) this.typing.add(conversationId);
    else this.typing.delete(conversationId);
    this.touch(conversationId);
  }

  setWindow(conversationId: string, change: Partial<Window>): void {
    this.windows.set(conversationId, { ...(this.windows.get(conversationId) ?? NOT_LOADED), ...change });
    this.touch(conversationId);
  }

  /** The conversation is not open any more. */
  dropWindow(conversationId: string): void {
    this.windows.delete(conversationId);
    this.touch(conversationId);
  }

  /** Lets go of the oldest messages where more came in than stay in memory. They can be loaded again, as older ones. Unread ones stay. */
  letGoOfOld(conversationId: string): void {
    const held = this.messages.get(conversationId);
    const window = this.windows.get(conversationId);
    const keep = window?.keep ?? KEPT_UNOPENED;
    // What is being loaded reaches down to where the window was.
    if (!held || (window?.loading ?? 0) > 0 || !isWorthLetting(held.size, keep)) return;
    const rows = this.rows(conversationId);
    const sending = new Set(this.outgoing.map(({ messageId }) => messageId));
    const surplus = surplusOf(rows, keep, (row) => (row.unread && !row.hidden) || (row.senderId === this.me && sending.has(row.messageId)));
    const gone = rows.slice(0, surplus);
    for (const row of gone) {
      held.delete(messageKey(row));
      if (row.senderId === this.me) this.deliveries.delete(row.messageId);
    }
    this.#keepForAnswers(gone);
    this.#touchMessages(gone.map(messageKey));
    const floor = rows[surplus]?.position;
    if (window && surplus > 0 && floor && !(window.floor && comparePositions(window.floor, floor) > 0)) this.setWindow(conversationId, { floor, more: true });
  }

  /** The rows of a conversation in their order, hidden ones too. */
  rows(conversationId: string): MessageRow[] {
    return this.messages.get(conversationId)?.all() ?? [];
  }

  #merge(word: Message, standing: Word): Merged {
    const rows = this.messages.get(word.conversationId) ?? new ConversationRows();
    this.messages.set(word.conversationId, rows);
    const key = messageKey(word);
    const placed = rows.get(key);
    const held = placed ?? this.heads.take(word);
    const row = mergeMessage(held ?? this.fetched.get(word), word, standing);
    rows.put(row);
    const isTold = word.copies !== undefined && row.senderId === this.me && this.deliveries.told(row.messageId, word.copies, row, creationOf(word));
    if (row !== placed) this.#lookForQuestions([row]);
    if (row !== placed || isTold) {
      rows.renew(key);
      this.touch(word.conversationId);
    }
    return { held, row };
  }

  /** Asks for what these answer, where it is not here. */
  #lookForQuestions(answers: readonly MessageRow[]): void {
    for (const { conversationId, replyTo } of answers) if (replyTo && !this.find(conversationId, replyTo) && !this.fetched.isMissing(replyTo)) this.#lacking(replyTo);
  }

  /** These are not among what is here any more; what answers them shows them as they were last. */
  #keepForAnswers(gone: readonly MessageRow[]): void {
    for (const row of gone) this.fetched.take(row, (this.messages.get(row.conversationId)?.answersTo(messageKey(row)) ?? []).length > 0);
  }

  #touchWindows(): void {
    for (const conversationId of this.windows.keys()) this.touch(conversationId);
    this.touch();
  }

  /** The newest message of a conversation, as a list tells of it. */
  #mergeHead(word: Message, standing: Word): Merged {
    if (this.messages.get(word.conversationId)?.has(messageKey(word))) return this.#merge(word, standing);
    const displaced = this.heads.get(word.conversationId);
    const held = this.heads.take(word);
    const row = mergeMessage(held, word, standing);
    this.heads.put(row);
    // It may have been all that was here of what some message answers.
    if (displaced && displaced !== held) this.#keepForAnswers([displaced]);
    this.#touchMessages([displaced, row].flatMap((each) => (each && row !== held ? messageKey(each) : [])));
    return { held, row };
  }

  /** Counts what a page, or a list, tells of a message. */
  #countWord({ held, row }: Merged): void {
    const conversation = this.conversations.get(row.conversationId);
    if (!conversation) return;
    if (held || !isCounted(row, conversation)) this.#count(conversation, held, row);
    // The server may have had it when it counted, or not.
    else if (row.unread && !row.hidden) this.#stale();
  }

  /** Follows the unread count when a message comes, is read, hidden or shown again. */
  #count(conversation: ConversationRow, held: MessageRow | undefined, row: MessageRow): void {
    const before = held !== undefined && held.unread && !held.hidden;
    const now = row.unread && !row.hidden;
    const newest = !conversation.countedTo || comparePositions(row.position, conversation.countedTo) > 0;
    const unreadCount = Math.max(0, conversation.unreadCount + Number(now) - Number(before));
    const countedTo = newest ? row.position : conversation.countedTo;
    this.conversations.set(conversation.conversationId, { ...conversation, unreadCount, countedTo });
  }

  #setRead(conversationId: string, covered: (row: MessageRow) => boolean): void {
    const rows = this.messages.get(conversationId);
    for (const row of rows?.all() ?? []) if (row.unread && covered(row)) rows?.put({ ...row, unread: false });
  }

  /** Something about this message changed that its row does not say. */
  touchMessage(key: MessageKey): void {
    this.#touchMessages([messageKey(key)]);
  }

  #rowOf(key: string): MessageRow | undefined {
    for (const rows of this.messages.values()) {
      const row = rows.get(key);
      if (row) return row;
    }
    return undefined;
  }

  #touchMessages(keys: readonly string[]): void {
    for (const [conversationId, rows] of this.messages) {
      const concerned = keys.filter((key) => rows.renew(key));
      if (concerned.length > 0) this.touch(conversationId);
    }
    const all = new Set(keys);
    const isConcerned = (message: MessageKey | undefined): boolean => message !== undefined && all.has(messageKey(message));
    for (const { conversationId, messageId, replyTo } of this.outgoing) if (isConcerned({ senderId: this.me, messageId }) || isConcerned(replyTo)) this.touch(conversationId);
  }
}

/** It stands where the conversation's count reaches. */
function isCounted(row: MessageRow, { countedTo }: ConversationRow): boolean {
  return countedTo !== undefined && comparePositions(row.position, countedTo) <= 0;
}

/** Where a server says that a message was created; the client may know of an earlier place. */
function creationOf({ position, createdSeq }: Message): Creation | undefined {
  return position && { position, createdSeq };
}
