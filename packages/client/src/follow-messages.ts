import type { ClientSnapshot, ConversationView, MessageView, ParleyApi } from './api.ts';

/** Counting unread messages stops at 1,000; a page has 50. */
const MOST_PAGES_OF_UNREAD = 20;

export interface FollowOptions {
  /** Tell of the signed-in account's own messages too, sent by this client or by another one of the account's. */
  readonly own?: boolean;
}

interface Followed {
  /** The newest message when following began: what stands above it and is read is not told. Undefined: the conversation is new. */
  readonly baseline: string | undefined;
  state: 'quiet' | 'opening' | 'open';
}

/**
 * Tells `listener` of each message of the signed-in account once: first of those that are unread, then of each that comes, the
 * conversation it is in beside it. Opens conversations as is needed for that; marks nothing as read. Whoever signs in later is
 * followed too. Returns how to stop.
 */
export function followMessages(client: ParleyApi, listener: (message: MessageView, conversation: ConversationView) => void, options: FollowOptions = {}): () => void {
  const follower = new Follower(client, listener, options.own ?? false);
  const stop = client.subscribe(() => follower.look());
  follower.look();
  return () => {
    follower.stop();
    stop();
  };
}

class Follower {
  readonly #client: ParleyApi;
  readonly #listener: (message: MessageView, conversation: ConversationView) => void;
  readonly #own: boolean;
  readonly #told = new Set<string>();
  readonly #conversations = new Map<string, Followed>();
  #accountId: string | undefined;
  /** The conversations that were there when following began are known. */
  #begun = false;
  #stopped = false;

  constructor(client: ParleyApi, listener: (message: MessageView, conversation: ConversationView) => void, own: boolean) {
    this.#client = client;
    this.#listener = listener;
    this.#own = own;
  }

  stop(): void {
    this.#stopped = true;
  }

  look(): void {
    const snapshot = this.#client.getSnapshot();
    const accountId = snapshot.session.status === 'signed-in' ? snapshot.session.accountId : undefined;
    if (accountId !== this.#accountId) this.#restart(accountId);
    if (this.#stopped || accountId === undefined || !snapshot.conversations) return;
    for (const conversation of snapshot.conversations) this.#follow(conversation, snapshot);
    this.#begun = true;
    const news = snapshot.conversations.flatMap((conversation) => this.#newsIn(conversation, snapshot));
    news.sort((a, b) => a.message.sentAt - b.message.sentAt);
    for (const { message, conversation } of news) this.#listener(message, conversation);
  }

  #restart(accountId: string | undefined): void {
    this.#accountId = accountId;
    this.#begun = false;
    this.#told.clear();
    this.#conversations.clear();
  }

  #follow(conversation: ConversationView, snapshot: ClientSnapshot): void {
    const { conversationId, lastMessage, unreadCount } = conversation;
    const newest = lastMessage && keyOf(lastMessage);
    const followed = this.#conversations.get(conversationId) ?? { baseline: this.#begun || isSending(lastMessage) ? undefined : newest, state: 'quiet' as const };
    this.#conversations.set(conversationId, followed);
    const isWanted = unreadCount > 0 || newest !== followed.baseline || snapshot.timelines.has(conversationId);
    if (followed.state === 'quiet' && isWanted) void this.#open(conversationId, followed);
  }

  /** Loads a conversation down to its first unread message. */
  async #open(conversationId: string, followed: Followed): Promise<void> {
    followed.state = 'opening';
    try {
      await this.#client.openConversation(conversationId);
      for (let pages = 1; pages < MOST_PAGES_OF_UNREAD && this.#lacksUnread(conversationId); pages++) await this.#client.loadOlder(conversationId);
    } catch {
      // It is tried again with the next change of the snapshot, of which there is one at the latest when a server answers again.
      followed.state = 'quiet';
      return;
    }
    this.#passOver(conversationId, followed.baseline);
    followed.state = 'open';
    this.look();
  }

  #lacksUnread(conversationId: string): boolean {
    const { conversations, timelines } = this.#client.getSnapshot();
    const timeline = timelines.get(conversationId);
    const unread = timeline?.messages.filter((message) => message.unread).length ?? 0;
    const wanted = conversations?.find((conversation) => conversation.conversationId === conversationId)?.unreadCount ?? 0;
    return timeline?.more === true && unread < wanted;
  }

  /** What was there and read when following began is no news. */
  #passOver(conversationId: string, baseline: string | undefined): void {
    const messages = this.#client.getSnapshot().timelines.get(conversationId)?.messages ?? [];
    const last = messages.findLastIndex((message) => keyOf(message) === baseline);
    // A server that was behind has not brought the newest one that the list told of: all that it has was there before.
    const known = baseline !== undefined && last < 0 ? messages : messages.slice(0, last + 1);
    for (const message of known) if (!message.unread) this.#told.add(keyOf(message));
  }

  #newsIn(conversation: ConversationView, { timelines }: ClientSnapshot): { message: MessageView; conversation: ConversationView }[] {
    const isOpen = this.#conversations.get(conversation.conversationId)?.state === 'open';
    const messages = timelines.get(conversation.conversationId)?.messages ?? [];
    return messages.filter((message) => {
      if (message.deleted || (message.mine && !this.#own) || this.#told.has(keyOf(message))) return false;
      if (!isOpen && !isSending(message)) return false;
      this.#told.add(keyOf(message));
      return true;
    }).map((message) => ({ message, conversation }));
  }
}

function keyOf(message: MessageView): string {
  return `${message.senderId}/${message.messageId}`;
}

/** This client sends it. */
function isSending(message: MessageView | undefined): boolean {
  return message?.delivery?.status === 'sending';
}
