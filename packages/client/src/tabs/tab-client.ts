import { sha256 } from '@noble/hashes/sha2.js';
import type { AccountView, ClientSnapshot, ExportedConversation, ExportedMessages, MessageKey, ParleyApi, ReplyView, SendOptions, ServerView } from '../api.ts';
import { type Clock, systemClock } from '../clock.ts';
import { cancelled, Failure } from '../failure.ts';
import { type Digest, directConversationId, newId } from '../identifiers.ts';
import { type Random, systemRandom } from '../random.ts';
import { EngineWatch } from './engine-watch.ts';
import { holdOver } from './handover.ts';
import { PendingCalls } from './pending-calls.ts';
import type { EngineMessage, PortOfTab } from './protocol.ts';
import { patchSnapshot } from './snapshot-patch.ts';
import { Unconfirmed } from './unconfirmed.ts';

const NOTHING: ClientSnapshot = {
  session: { status: 'signed-out', reason: undefined }, connection: { status: 'idle' }, servers: [], moves: [], accounts: [],
  conversations: undefined, timelines: new Map(), unsent: 0, sharedName: undefined,
};

export interface TabClientOptions {
  /** The engine has not answered for 3 s: another port is wanted. Called again every 3 s until there is an engine that answers. */
  readonly silent: () => void;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly digest?: Digest;
}

/**
 * The client as one of many tabs has it: it shows what the engine shows, which runs in a worker or in another tab, and passes calls on to it.
 * ../api.ts says what each method does. An engine may be lost at any time: on the next one the tab goes on, and what it had asked for is asked again.
 */
export class TabClient implements ParleyApi {
  /** Resolves with the first snapshot of an engine. */
  readonly ready: Promise<void>;
  readonly #clock: Clock;
  readonly #watch: EngineWatch;
  readonly #random: Random;
  readonly #digest: Digest;
  readonly #listeners = new Set<() => void>();
  readonly #calls = new PendingCalls();
  readonly #unconfirmed = new Unconfirmed();
  /** Messages that no engine has said to be kept yet, and what comes of that. */
  readonly #sends = new Map<string, Promise<void>>();
  /** With whom conversations are that may not exist yet: each engine is told. */
  readonly #recipients = new Map<string, string>();
  /** The conversations that are on this tab's screen, or were: each engine is asked for them. */
  readonly #opened = new Set<string>();
  /** As the engine says. */
  #snapshot = NOTHING;
  /** What the engine before showed last, until this one has loaded it again. */
  #held: ClientSnapshot | undefined;
  /** Both together. */
  #shown = NOTHING;
  #port: PortOfTab | undefined;
  #becomeReady: () => void = () => undefined;

  constructor(options: TabClientOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#watch = new EngineWatch(this.#clock, options.silent);
    this.#random = options.random ?? systemRandom;
    this.#digest = options.digest ?? sha256;
    this.ready = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
  }

  /** Goes on with the engine at the other end of this port. */
  attach(port: PortOfTab): void {
    this.#port?.close();
    this.#port = port;
    port.listen((message) => this.#hear(port, message));
    port.post({ kind: 'hello' });
    for (const accountId of this.#recipients.values()) this.#tell('conversationWith', accountId);
    this.#calls.moveTo(port);
    for (const conversationId of this.#opened) this.#tell('openConversation', conversationId);
    this.#watch.start(() => port.post({ kind: 'ping' }));
  }

  getSnapshot(): ClientSnapshot {
    return this.#unconfirmed.shownOn(this.#shown);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async createAccount(username: string, password: string): Promise<void> {
    await this.#calls.make('createAccount', [username, password]);
  }

  async logIn(username: string, password: string): Promise<void> {
    await this.#calls.make('logIn', [username, password]);
  }

  async logOut(everywhere = false): Promise<void> {
    await this.#calls.make('logOut', [everywhere]);
  }

  dismissSharedName(): void {
    this.#tell('dismissSharedName');
  }

  async changePassword(oldPassword: string, newPassword: string): Promise<void> {
    await this.#calls.make('changePassword', [oldPassword, newPassword]);
  }

  async deleteAccount(username: string, password: string): Promise<void> {
    await this.#calls.make('deleteAccount', [username, password]);
  }

  async searchAccounts(...args: Parameters<ParleyApi['searchAccounts']>): Promise<readonly AccountView[]> {
    return await this.#calls.make('searchAccounts', args) as readonly AccountView[];
  }

  async exportConversations(): Promise<readonly ExportedConversation[]> {
    return await this.#calls.make('exportConversations', []) as readonly ExportedConversation[];
  }

  async exportMessages(...args: Parameters<ParleyApi['exportMessages']>): Promise<ExportedMessages> {
    return await this.#calls.make('exportMessages', args) as ExportedMessages;
  }

  conversationWith(accountId: string): string {
    const conversationId = directConversationId(this.#me(), accountId, this.#digest);
    if (this.#recipients.get(conversationId) !== accountId) {
      this.#recipients.set(conversationId, accountId);
      this.#tell('conversationWith', accountId);
    }
    return conversationId;
  }

  async openConversation(conversationId: string): Promise<void> {
    this.#opened.add(conversationId);
    await this.#calls.make('openConversation', [conversationId]);
  }

  async loadOlder(conversationId: string): Promise<void> {
    await this.#calls.make('loadOlder', [conversationId]);
  }

  async loadBackTo(...args: Parameters<ParleyApi['loadBackTo']>): Promise<'here' | 'missing' | 'too-far'> {
    return await this.#calls.make('loadBackTo', args) as 'here' | 'missing' | 'too-far';
  }

  async markRead(conversationId: string): Promise<void> {
    await this.#calls.make('markRead', [conversationId]);
  }

  typing(conversationId: string): void {
    this.#tell('typing', conversationId);
  }

  send(conversationId: string, text: string, options: SendOptions = {}): string {
    if (this.#snapshot.session.status !== 'signed-in') throw new Failure('SESSION_INVALID', 'You are signed out. Sign in, then send again.');
    const { replyTo } = options;
    const messageId = options.messageId ?? newId(this.#random);
    const now = this.#clock.now();
    this.#unconfirmed.add({
      conversationId, senderId: this.#me(), messageId, text, sentAt: now, deleted: false, unread: false, mine: true, delivery: { status: 'sending', since: now },
      replyTo: replyTo && this.#reply(conversationId, replyTo),
    }, options.messageId === undefined ? this.#shown : undefined);
    const shown = (): void => {
      this.#unconfirmed.remove(messageId);
      this.#emit();
    };
    const kept = this.#calls.make('send', [conversationId, text, { messageId, replyTo }]).then(() => undefined);
    this.#sends.set(messageId, kept);
    void kept.then(shown, shown).finally(() => this.#sends.delete(messageId));
    this.#emit();
    return messageId;
  }

  async kept(messageId: string): Promise<void> {
    await this.#sends.get(messageId);
  }

  async sendTo(username: string, text: string, { messageId = newId(this.#random), replyTo }: SendOptions = {}): Promise<string> {
    return await this.#calls.make('sendTo', [username, text, { messageId, replyTo }]) as string;
  }

  async edit(conversationId: string, messageId: string, text: string, editId = newId(this.#random)): Promise<void> {
    await this.#calls.make('edit', [conversationId, messageId, text, editId]);
  }

  discardEdit(messageId: string): void {
    this.#tell('discardEdit', messageId);
  }

  retry(messageId: string): void {
    this.#tell('retry', messageId);
  }

  discard(messageId: string): void {
    this.#tell('discard', messageId);
  }

  async deleteMessages(...args: Parameters<ParleyApi['deleteMessages']>): Promise<void> {
    await this.#calls.make('deleteMessages', args);
  }

  async addServer(address: string): Promise<ServerView> {
    return await this.#calls.make('addServer', [address]) as ServerView;
  }

  nudge(): void {
    this.#tell('nudge');
  }

  /** Leaves the engine, which goes on for the other tabs. */
  close(): Promise<void> {
    this.leave();
    this.#calls.cancel(cancelled());
    this.#listeners.clear();
    return Promise.resolve();
  }

  /** Says goodbye to the engine: the page is going. `attach` undoes it. */
  leave(): void {
    this.#watch.stop();
    this.#port?.post({ kind: 'bye' });
    this.#port?.close();
    this.#port = undefined;
  }

  #me(): string {
    return this.#snapshot.session.status === 'signed-in' ? this.#snapshot.session.accountId : '';
  }

  /** What a message answers, as far as this tab's snapshot has it. */
  #reply(conversationId: string, { senderId, messageId }: MessageKey): ReplyView {
    const question = this.#shown.timelines.get(conversationId)?.messages.find((message) => message.senderId === senderId && message.messageId === messageId);
    return { senderId, messageId, status: question ? 'here' : 'loading', text: question?.text ?? '', deleted: question?.deleted ?? false };
  }

  /** A call that nobody waits for. */
  #tell(...[method, ...args]: readonly ['dismissSharedName' | 'nudge'] | readonly ['conversationWith' | 'openConversation' | 'typing' | 'retry' | 'discard' | 'discardEdit', string]): void {
    this.#calls.make(method, args).catch(() => undefined);
  }

  #hear(port: PortOfTab, message: EngineMessage): void {
    // What an engine says that was given up is not news any more.
    if (port !== this.#port) return;
    this.#watch.heard();
    switch (message.kind) {
      case 'snapshot':
        this.#held ??= this.#shown;
        this.#becomeReady();
        return this.#show(message.snapshot);
      case 'patch':
        return this.#show(patchSnapshot(this.#snapshot, message.patch));
      case 'result':
      case 'failure':
        return this.#calls.settle(message);
      default:
        return undefined;
    }
  }

  #show(snapshot: ClientSnapshot): void {
    const before = this.#me();
    this.#snapshot = snapshot;
    if (this.#me() !== before) {
      this.#opened.clear();
      this.#held = undefined;
    }
    this.#shown = this.#held ? holdOver(this.#held, snapshot) : snapshot;
    if (this.#shown === snapshot) this.#held = undefined;
    this.#emit();
  }

  #emit(): void {
    for (const listener of this.#listeners) listener();
  }
}
