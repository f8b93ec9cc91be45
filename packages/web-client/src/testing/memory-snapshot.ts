import type { AccountView, ClientSnapshot, ConversationView, Delivery, MessageKey, MessageView, TimelineView } from '@parley/client/api';
import { account, server } from './views.ts';

const SIGNED_OUT: ClientSnapshot = {
  session: { status: 'signed-out', reason: undefined },
  connection: { status: 'idle' },
  servers: [server('server1'), server('server2', { inUse: true }), server('server3')],
  moves: [],
  accounts: [],
  conversations: undefined,
  timelines: new Map(),
  unsent: 0,
  sharedName: undefined,
};

/** What a client in memory shows: it is set by hand, and told to whoever subscribes. */
export class MemorySnapshot {
  #snapshot: ClientSnapshot;
  readonly #listeners = new Set<() => void>();
  #messageCount = 0;

  constructor(snapshot: Partial<ClientSnapshot> = {}) {
    this.#snapshot = { ...SIGNED_OUT, ...snapshot };
  }

  /** Replaces parts of the snapshot, as the client does. */
  set(changes: Partial<ClientSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changes };
    for (const listener of this.#listeners) listener();
  }

  /** Puts a message into a timeline and its conversation to the top; one that is there already is replaced. */
  put(conversationId: string, changes: Partial<MessageView> = {}): MessageView {
    this.#messageCount += 1;
    const message: MessageView = {
      conversationId,
      senderId: conversationId.replace(/^with /, ''),
      messageId: `message-${this.#messageCount}`,
      text: 'hello',
      sentAt: Date.now(),
      deleted: false,
      unread: false,
      mine: false,
      delivery: undefined,
      ...changes,
    };
    const timeline = this.timeline(conversationId);
    const exists = timeline.messages.some((one) => one.messageId === message.messageId);
    const messages = exists ? timeline.messages.map((one) => (one.messageId === message.messageId ? message : one)) : [...timeline.messages, message];
    this.setTimeline(conversationId, { ...timeline, messages });
    return message;
  }

  /** Replaces a timeline, and what the list shows of its conversation. */
  setTimeline(conversationId: string, timeline: TimelineView): void {
    const { conversations = [], timelines } = this.#snapshot;
    const before = conversations.find((one) => one.conversationId === conversationId);
    const conversation: ConversationView = {
      conversationId,
      other: before?.other ?? this.#accountBehind(conversationId),
      lastMessage: timeline.messages.at(-1),
      unreadCount: timeline.messages.filter((message) => message.unread).length,
      typing: before?.typing ?? false,
    };
    this.set({
      timelines: new Map(timelines).set(conversationId, timeline),
      conversations: [conversation, ...conversations.filter((one) => one.conversationId !== conversationId)],
    });
  }

  /** Changes how far a message of one's own has come. */
  deliver(message: MessageView, delivery: Delivery): void {
    this.put(message.conversationId, { ...message, delivery });
  }

  getSnapshot(): ClientSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The id of the account that is signed in; empty for none. */
  protected self(): string {
    const { session } = this.#snapshot;
    return session.status === 'signed-in' ? session.accountId : '';
  }

  protected find(conversationId: string, { senderId, messageId }: MessageKey): MessageView | undefined {
    return this.timeline(conversationId).messages.find((message) => message.senderId === senderId && message.messageId === messageId);
  }

  /** An empty one where nothing is loaded. */
  protected timeline(conversationId: string): TimelineView {
    return this.#snapshot.timelines.get(conversationId) ?? { messages: [], more: false, loading: false };
  }

  /** From all timelines. */
  protected remove(which: (message: MessageView) => boolean): void {
    for (const [conversationId, timeline] of this.#snapshot.timelines) {
      const messages = timeline.messages.filter((message) => !which(message));
      if (messages.length < timeline.messages.length) this.setTimeline(conversationId, { ...timeline, messages });
    }
  }

  #accountBehind(conversationId: string): AccountView {
    const accountId = conversationId.replace(/^with /, '');
    return this.#snapshot.accounts.find((one) => one.accountId === accountId) ?? account(accountId.replace(/^account-/, ''));
  }
}
