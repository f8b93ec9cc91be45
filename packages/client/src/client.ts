import { sha256 } from '@noble/hashes/sha2.js';
import { addServer } from './add-server.ts';
import type { AccountView, ClientSnapshot, ExportedConversation, ExportedMessages, ExportPosition, MessageKey, ParleyApi, SendOptions, ServerView } from './api.ts';
import { type Clock, systemClock } from './clock.ts';
import { nextRevision } from './edits.ts';
import { Engine } from './engine.ts';
import { Failure } from './failure.ts';
import { type Digest, directConversationId, newId } from './identifiers.ts';
import { type Random, systemRandom } from './random.ts';
import type { Storage } from './storage.ts';
import type { Transport } from './transport.ts';
import { onWakeUp } from './wake-up.ts';

/** More than a screen shows. */
const SEARCH_RESULTS = 100;

export interface ParleyClientOptions {
  /** Addresses of servers to begin with: those that are meant. One is enough, the others are learnt from it. Which cluster they belong to decides which one the client belongs to. */
  readonly servers: readonly string[];
  /** Addresses of further servers, as somebody told of them, perhaps long ago. They decide nothing: one of another cluster is left alone. */
  readonly hints?: readonly string[];
  readonly transport: Transport;
  readonly storage: Storage;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly digest?: Digest;
}

/** The client: ./api.ts says what each method does. */
export class ParleyClient implements ParleyApi {
  /** Resolves once it is known what this device keeps: whether somebody is signed in. Until then the snapshot says that nobody is. */
  readonly ready: Promise<void>;
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #digest: Digest;
  /** With whom a conversation is that may not exist yet. */
  readonly #recipients = new Map<string, string>();
  readonly #stopWakeUps: () => void;

  constructor(options: ParleyClientOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#digest = options.digest ?? sha256;
    this.#engine = new Engine({ ...options, clock: this.#clock, random: this.#random });
    this.ready = this.#engine.start();
    this.#stopWakeUps = onWakeUp(() => this.nudge());
  }

  getSnapshot(): ClientSnapshot {
    return this.#engine.snapshots.get();
  }

  subscribe(listener: () => void): () => void {
    return this.#engine.snapshots.subscribe(listener);
  }

  async createAccount(username: string, password: string): Promise<void> {
    await this.ready;
    await this.#engine.accounts.create(username, password);
  }

  async logIn(username: string, password: string): Promise<void> {
    await this.ready;
    await this.#engine.accounts.logIn(username, password);
  }

  async logOut(everywhere = false): Promise<void> {
    await this.ready;
    if (everywhere) await this.#engine.accounts.logOutEverywhere();
    await this.#engine.forgetAccount();
    this.#engine.session.end();
  }

  dismissSharedName(): void {
    this.#engine.ownName.dismiss();
  }

  async changePassword(oldPassword: string, newPassword: string): Promise<void> {
    await this.#engine.accounts.changePassword(oldPassword, newPassword);
    this.#engine.tokenReplaced();
  }

  async deleteAccount(username: string, password: string): Promise<void> {
    await this.#engine.accounts.delete(username, password);
    await this.#engine.forgetAccount();
    this.#engine.session.end();
  }

  async searchAccounts(pattern: string, most = SEARCH_RESULTS): Promise<readonly AccountView[]> {
    const ids = await this.#engine.loading.search(pattern, most);
    return ids.flatMap((id) => this.#engine.store.accounts.get(id) ?? []).filter((account) => !account.deleted);
  }

  exportConversations(): Promise<readonly ExportedConversation[]> {
    return this.#engine.exporting.conversations();
  }

  exportMessages(conversationId: string, before?: ExportPosition): Promise<ExportedMessages> {
    return this.#engine.exporting.messages(conversationId, before);
  }

  conversationWith(accountId: string): string {
    const conversationId = directConversationId(this.#engine.store.me, accountId, this.#digest);
    this.#recipients.set(conversationId, accountId);
    return conversationId;
  }

  openConversation(conversationId: string): Promise<void> {
    return this.#engine.loading.open(conversationId);
  }

  loadOlder(conversationId: string): Promise<void> {
    return this.#engine.loading.older(conversationId);
  }

  loadBackTo(conversationId: string, message: MessageKey): Promise<'here' | 'missing' | 'too-far'> {
    return this.#engine.loading.backTo(conversationId, message);
  }

  markRead(conversationId: string): Promise<void> {
    return this.#engine.readMarks.mark(conversationId);
  }

  typing(conversationId: string): void {
    this.#engine.typing.typed(conversationId);
  }

  send(conversationId: string, text: string, options: SendOptions = {}): string {
    const messageId = options.messageId ?? newId(this.#random);
    this.#requireSession();
    void this.#put(conversationId, text, messageId, options.replyTo);
    return messageId;
  }

  kept(): Promise<void> {
    return this.#engine.outbox.saved();
  }

  async sendTo(username: string, text: string, { messageId = newId(this.#random), replyTo }: SendOptions = {}): Promise<string> {
    const conversationId = this.conversationWith(this.#engine.store.accountNamed(username) ?? await this.#engine.loading.accountNamed(username));
    await this.#put(conversationId, text, messageId, replyTo);
    return conversationId;
  }

  async edit(conversationId: string, messageId: string, text: string, editId = newId(this.#random)): Promise<void> {
    this.#requireSession();
    const { deeds, outbox, store } = this.#engine;
    if (outbox.amend(messageId, text)) return outbox.saved();
    const revision = nextRevision(store, conversationId, messageId, deeds.editOf(messageId));
    return deeds.do({ id: editId, kind: 'edit', conversationId, messageId, text, revision, at: this.#clock.now() });
  }

  discardEdit(messageId: string): void {
    const { store } = this.#engine;
    if (store.ownEdits.forgetFailed(messageId)) store.touchMessage({ senderId: store.me, messageId });
  }

  discard(messageId: string): void {
    this.#engine.outbox.discard(messageId);
  }

  retry(messageId: string): void {
    this.#engine.outbox.retry(messageId);
  }

  deleteMessages(...[messages, how]: Parameters<ParleyApi['deleteMessages']>): Promise<void> {
    const ids = messages.map(({ senderId, messageId }) => ({ senderId, messageId }));
    return this.#engine.deeds.do({ id: newId(this.#random), kind: 'delete', messages: ids, how });
  }

  async addServer(address: string): Promise<ServerView> {
    await this.ready;
    const added = await addServer(address, this.#engine);
    const view = this.getSnapshot().servers.find((server) => server.url === added);
    if (!view) throw new Failure('UNREACHABLE', `${added} does not answer any more. Check that the server runs, then try again.`);
    // It may be the only one that answers.
    this.nudge();
    return view;
  }

  /** Everything that waits for a server goes on at once: `Try now`. */
  nudge(): void {
    this.#engine.wake();
  }

  /** Resolves when storage holds all that the person has done so far. */
  saved(): Promise<void> {
    return this.#engine.saved();
  }

  /** Looks at storage again, where others have the same one: signs in or out as they did, and takes over what they left unsent. */
  async refresh(): Promise<void> {
    await this.ready;
    await this.#engine.session.refresh();
    await this.#engine.outbox.refresh();
  }

  async close(): Promise<void> {
    this.#stopWakeUps();
    this.#engine.close();
    await this.#engine.saved();
  }

  /** Resolves when the message is kept on this device. */
  #put(conversationId: string, text: string, messageId: string, replyTo: MessageKey | undefined): Promise<void> {
    this.#engine.typing.sent(conversationId);
    return this.#engine.outbox.put({
      messageId, conversationId, text, replyTo: replyTo && { senderId: replyTo.senderId, messageId: replyTo.messageId }, recipientId: this.#recipientIn(conversationId), since: this.#clock.now(),
      storedOn: [], stored: 0, replicas: 0, failure: undefined, failureCode: undefined,
    });
  }

  #requireSession(): void {
    if (!this.#engine.session.session) throw new Failure('SESSION_INVALID', 'You are signed out. Sign in, then send again.');
  }

  #recipientIn(conversationId: string): string | undefined {
    const { store } = this.#engine;
    const known = this.#recipients.get(conversationId) ?? store.conversations.get(conversationId)?.otherId;
    return known ?? [...store.accounts.keys()].find((accountId) => directConversationId(store.me, accountId, this.#digest) === conversationId);
  }
}
