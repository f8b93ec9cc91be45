import type {
  AccountView,
  ExportedConversation,
  ExportedMessages,
  MessageKey,
  MessageView,
  ParleyApi,
  ParleyFailure,
  SendOptions,
  ServerView,
} from '@parley/client/api';
import { MemorySnapshot } from './memory-snapshot.ts';
import { account, server } from './views.ts';

/** A failure as the client rejects with. */
export class MemoryFailure extends Error implements ParleyFailure {
  readonly reason: string;
  readonly fields: ReadonlyMap<string, string>;

  constructor(message: string, reason = 'INTERNAL', fields: Readonly<Record<string, string>> = {}) {
    super(message);
    this.reason = reason;
    this.fields = new Map(Object.entries(fields));
  }
}

type Call = readonly [name: keyof ParleyApi, ...args: unknown[]];

/**
 * A client without servers: what it shows is set by hand, what it is asked is kept in `calls`. Every call does at once what a
 * server would, unless `failures` holds a failure for it, which it rejects with.
 */
export class MemoryParley extends MemorySnapshot implements ParleyApi {
  readonly calls: Call[] = [];
  readonly failures = new Map<keyof ParleyApi, ParleyFailure>();
  /** What was deleted last, for 'undo'. */
  readonly #hidden: MessageView[] = [];

  /** Signed in as `username`, with accounts that there is no conversation with yet. */
  static signedIn(username: string, others: readonly string[] = []): MemoryParley {
    return new MemoryParley({
      session: { status: 'signed-in', accountId: account(username).accountId, username },
      connection: { status: 'live' },
      accounts: others.map(account),
      conversations: [],
    });
  }

  /** The arguments of each call of one method, oldest first. */
  callsOf(name: keyof ParleyApi): readonly (readonly unknown[])[] {
    return this.calls.filter((call) => call[0] === name).map(([, ...args]) => args);
  }

  async createAccount(username: string, password: string): Promise<void> {
    await this.#answer('createAccount', username, password);
    this.#signIn(username);
  }

  async logIn(username: string, password: string): Promise<void> {
    await this.#answer('logIn', username, password);
    this.#signIn(username);
  }

  async logOut(everywhere = false): Promise<void> {
    await this.#answer('logOut', everywhere);
    this.set({ session: { status: 'signed-out', reason: undefined }, connection: { status: 'idle' } });
  }

  changePassword(oldPassword: string, newPassword: string): Promise<void> {
    return this.#answer('changePassword', oldPassword, newPassword);
  }

  async deleteAccount(username: string, password: string): Promise<void> {
    await this.#answer('deleteAccount', username, password);
    this.set({ session: { status: 'signed-out', reason: undefined }, connection: { status: 'idle' } });
  }

  async exportConversations(): Promise<readonly ExportedConversation[]> {
    await this.#answer('exportConversations');
    return (this.getSnapshot().conversations ?? []).map(({ conversationId, other }) => ({ conversationId, with: [other] }));
  }

  exportMessages(conversationId: string): Promise<ExportedMessages> {
    const messages = [...(this.getSnapshot().timelines.get(conversationId)?.messages ?? [])].reverse();
    return Promise.resolve({
      messages: messages.map(({ senderId, messageId, text, sentAt, deleted }) => ({ senderId, messageId, text, sentAt: new Date(sentAt).toISOString(), deleted, editedAt: undefined, replyTo: undefined })),
      next: undefined,
    });
  }

  async searchAccounts(pattern: string): Promise<readonly AccountView[]> {
    await this.#answer('searchAccounts', pattern);
    const start = pattern.replace(/\*.*/, '').toLowerCase();
    return this.getSnapshot().accounts.filter((one) => one.username.toLowerCase().startsWith(start));
  }

  conversationWith(accountId: string): string {
    return `with ${accountId}`;
  }

  async openConversation(conversationId: string): Promise<void> {
    await this.#answer('openConversation', conversationId);
    this.set({ timelines: new Map(this.getSnapshot().timelines).set(conversationId, this.timeline(conversationId)) });
  }

  loadOlder(conversationId: string): Promise<void> {
    return this.#answer('loadOlder', conversationId);
  }

  async markRead(conversationId: string): Promise<void> {
    await this.#answer('markRead', conversationId);
    const timeline = this.timeline(conversationId);
    this.setTimeline(conversationId, { ...timeline, messages: timeline.messages.map((message) => ({ ...message, unread: false })) });
  }

  typing(conversationId: string): void {
    this.calls.push(['typing', conversationId]);
  }

  async loadBackTo(conversationId: string, { senderId, messageId }: MessageKey): Promise<'here' | 'missing' | 'too-far'> {
    await this.#answer('loadBackTo', conversationId, { senderId, messageId });
    return this.find(conversationId, { senderId, messageId }) ? 'here' : 'missing';
  }

  kept(): Promise<void> {
    return Promise.resolve();
  }

  send(conversationId: string, text: string, { messageId, replyTo }: SendOptions = {}): string {
    const options = { ...(messageId !== undefined && { messageId }), ...(replyTo && { replyTo }) };
    this.calls.push(['send', conversationId, text, ...(Object.keys(options).length > 0 ? [options] : [])]);
    const question = replyTo && this.find(conversationId, replyTo);
    return this.put(conversationId, {
      ...(messageId !== undefined && { messageId }), senderId: this.self(), text, mine: true, delivery: { status: 'sending', since: Date.now() },
      ...(replyTo && { replyTo: { ...replyTo, status: question ? 'here' : 'missing', text: question?.text ?? '', deleted: question?.deleted ?? false } }),
    }).messageId;
  }

  async sendTo(username: string, text: string, options?: SendOptions): Promise<string> {
    await this.#answer('sendTo', username, text);
    const conversationId = this.conversationWith(account(username).accountId);
    this.send(conversationId, text, options);
    return conversationId;
  }

  async edit(conversationId: string, messageId: string, text: string): Promise<void> {
    await this.#answer('edit', conversationId, messageId, text);
    const message = this.find(conversationId, { senderId: this.self(), messageId });
    if (message) this.put(conversationId, { ...message, text, edited: { at: Date.now(), sending: false }, failedEdit: undefined });
  }

  discardEdit(messageId: string): void {
    this.calls.push(['discardEdit', messageId]);
    for (const { messages } of this.getSnapshot().timelines.values()) {
      for (const message of messages) if (message.mine && message.messageId === messageId) this.put(message.conversationId, { ...message, failedEdit: undefined });
    }
  }

  retry(messageId: string): void {
    this.calls.push(['retry', messageId]);
  }

  discard(messageId: string): void {
    this.calls.push(['discard', messageId]);
    this.remove((message) => message.messageId === messageId);
  }

  async deleteMessages(keys: readonly MessageKey[], how: 'for-me' | 'undo' | 'for-everyone'): Promise<void> {
    const ids = new Set(keys.map((key) => key.messageId));
    await this.#answer('deleteMessages', [...ids], how);
    const found = [...this.getSnapshot().timelines.values(), { messages: this.#hidden.splice(0) }]
      .flatMap((timeline) => timeline.messages)
      .filter((message) => ids.has(message.messageId));
    if (how === 'for-me') {
      this.#hidden.push(...found);
      this.remove((message) => ids.has(message.messageId));
    } else for (const message of found) this.put(message.conversationId, how === 'undo' ? message : { ...message, deleted: true, text: '' });
  }

  async addServer(address: string): Promise<ServerView> {
    await this.#answer('addServer', address);
    const added = server(`server${this.getSnapshot().servers.length + 1}`, { url: address, roundTripMs: 12 });
    this.set({ servers: [...this.getSnapshot().servers, added] });
    return added;
  }

  dismissSharedName(): void {
    this.calls.push(['dismissSharedName']);
    this.set({ sharedName: undefined });
  }

  nudge(): void {
    this.calls.push(['nudge']);
  }

  close(): Promise<void> {
    return this.#answer('close');
  }

  async #answer(name: keyof ParleyApi, ...args: readonly unknown[]): Promise<void> {
    this.calls.push([name, ...args]);
    const failure = this.failures.get(name);
    if (failure !== undefined) throw failure;
  }

  #signIn(username: string): void {
    this.set({
      session: { status: 'signed-in', accountId: account(username).accountId, username },
      connection: { status: 'live' },
      conversations: [],
    });
  }
}
