import { setTimeout as delay } from 'node:timers/promises';
import type { MessageView, TimelineView } from '@parley/client/api';
import { ParleyClient } from '@parley/client/client';
import { Failure } from '@parley/client/failure';
import type { Storage } from '@parley/client/storage';
import { MemoryStorage } from '@parley/client/storages/memory';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';
import { until } from '../scripts/local-cluster/until.ts';
import type { History, MessageKey, Outcome } from './history.ts';
import type { SeededRandom } from './random.ts';
import { recordingTransport } from './recording-transport.ts';
import { markedText } from './marker.ts';

const PASSWORD = 'correct horse battery';
const SIGN_IN_TIMEOUT_MS = 120_000;
/** Between two things that one person does: milliseconds. */
const PACE_MS = { low: 100, high: 500 };
/** A person who sees so many messages waiting writes no more. */
const MOST_UNSENT = 30;
/** Answers that say that the write did not happen, and will not: any other failure leaves it unknown. */
const REFUSALS: ReadonlySet<string> = new Set(['NOT_THE_SENDER', 'MESSAGE_NOT_FOUND', 'CONVERSATION_NOT_FOUND', 'USERNAME_TAKEN', 'INVALID_FIELD']);

export interface PersonOptions {
  readonly username: string;
  /** Addresses of the servers that it begins with. */
  readonly servers: readonly string[];
  /** Server's address → address of its own link to there. */
  readonly routes: ReadonlyMap<string, string>;
  readonly history: History;
  readonly random: SeededRandom;
  /** With whom it talks. */
  readonly isFriend: (username: string) => boolean;
  readonly onProblem: (what: string) => void;
}

/** Somebody with a client open who writes, answers, reads and deletes, and notes what comes of it. */
export class Person {
  readonly username: string;
  readonly #options: PersonOptions;
  readonly #open = new Map<string, (outcome: Outcome) => void>();
  /** By conversation: the timeline as it was seen last. */
  readonly #seen = new Map<string, TimelineView>();
  #storage: Storage = new MemoryStorage();
  #client: ParleyClient | undefined;
  #lives = 0;
  #account = '';
  #working: Promise<void> = Promise.resolve();
  #rest = new AbortController();

  constructor(options: PersonOptions) {
    this.#options = options;
    this.username = options.username;
  }

  /** Makes the account and opens a client. */
  async begin(): Promise<void> {
    const client = this.#live();
    const outcome = this.#options.history.invoke(this.#session, '', { f: 'create', username: this.username });
    await this.#persist(() => client.createAccount(this.username, PASSWORD));
    outcome({ type: 'ok', accountId: this.#account });
  }

  /** Goes about its business until `rest`. */
  work(): void {
    this.#rest = new AbortController();
    this.#working = this.#keepWorking(this.#rest.signal);
  }

  /** Begins nothing new; resolves once nothing is under way but the outbox. */
  async rest(): Promise<void> {
    this.#rest.abort();
    await this.#working;
  }

  /** The page is loaded anew: what storage keeps goes on, the rest is forgotten. */
  async reload(): Promise<void> {
    await this.#over();
    await this.#live().ready;
  }

  /** The device is lost, the outbox with it: the same person signs in on another one. */
  async loseDevice(): Promise<void> {
    await this.leave();
    this.#storage = new MemoryStorage();
    const client = this.#live();
    await this.#persist(() => client.logIn(this.username, PASSWORD));
  }

  /** Closes the client for good; what it does not know the outcome of stays unknown. */
  async leave(): Promise<void> {
    await this.#over();
    for (const outcome of this.#open.values()) outcome({ type: 'info', reason: 'the client was gone' });
    this.#open.clear();
  }

  get unsent(): number {
    return this.#client?.getSnapshot().unsent ?? 0;
  }

  /** Tries again at once whatever waits. */
  nudge(): void {
    this.#client?.nudge();
  }

  /** What its timelines show. */
  views(): { readonly session: string; readonly account: string; readonly conversation: string; readonly messages: readonly MessageView[] }[] {
    const timelines = this.#client?.getSnapshot().timelines ?? new Map<string, TimelineView>();
    return [...timelines].map(([conversation, { messages }]) => ({ session: this.#session, account: this.#account, conversation, messages }));
  }

  get #session(): string {
    return `${this.username}.${this.#lives}`;
  }

  #live(): ParleyClient {
    const { history, routes, servers } = this.#options;
    this.#lives += 1;
    const session = this.#session;
    const answered = (messageId: string, refusal: string | undefined): void => {
      this.#open.get(messageId)?.(refusal === undefined ? { type: 'ok' } : { type: 'fail', reason: refusal });
      this.#open.delete(messageId);
    };
    const transport = recordingTransport(grpcJsTransport(), { history, session, account: () => this.#account, routes, answered });
    const client = new ParleyClient({ servers, transport, storage: this.#storage });
    this.#client = client;
    let reason: string | undefined;
    client.subscribe(() => {
      const { session: state } = client.getSnapshot();
      if (state.status === 'signed-in') this.#account = state.accountId;
      else if (state.reason !== reason) this.#options.onProblem(`${session} was signed out: ${state.reason}`);
      reason = state.status === 'signed-out' ? state.reason : undefined;
    });
    return client;
  }

  async #over(): Promise<void> {
    await this.rest();
    this.#look();
    this.#seen.clear();
    await this.#client?.close();
    this.#client = undefined;
  }

  /** Repeats what failed because no server answered. */
  async #persist(call: () => Promise<void>): Promise<void> {
    await until(async () => {
      try {
        await call();
        return true;
      } catch (error) {
        if (error instanceof Failure && REFUSALS.has(error.reason)) throw error;
        return false;
      }
    }, { what: `${this.username} is signed in`, timeoutMs: SIGN_IN_TIMEOUT_MS });
  }

  async #keepWorking(signal: AbortSignal): Promise<void> {
    const { random } = this.#options;
    while (!signal.aborted) {
      await delay(random.between(PACE_MS.low, PACE_MS.high), undefined, { signal }).catch(() => {});
      this.#look();
      if (signal.aborted || !this.#client) continue;
      const what = random.weighted({ write: 60, answer: 20, read: 8, older: 3, mark: 4, delete: 3, hide: 2 });
      await this.#do(what, this.#client);
    }
  }

  async #do(what: 'write' | 'answer' | 'read' | 'older' | 'mark' | 'delete' | 'hide', client: ParleyClient): Promise<void> {
    const { random, isFriend } = this.#options;
    const snapshot = client.getSnapshot();
    const friends = snapshot.accounts.filter(({ username }) => isFriend(username));
    if (friends.length === 0) return;
    const conversation = client.conversationWith(random.pick(friends).accountId);
    const timeline = snapshot.timelines.get(conversation);
    if (!timeline || what === 'read') return this.#tolerate(client.openConversation(conversation));
    const placed = timeline.messages.filter(({ delivery, deleted }) => delivery?.status !== 'sending' && !deleted);
    switch (what) {
      case 'write':
        return this.#send(client, conversation, undefined);
      case 'answer':
        return this.#send(client, conversation, placed.findLast(({ mine }) => !mine));
      case 'older':
        return this.#tolerate(client.loadOlder(conversation));
      case 'mark':
        return this.#tolerate(client.markRead(conversation));
      case 'delete':
        return this.#delete(client, 'delete', placed.filter(({ mine }) => mine));
      case 'hide':
        return this.#delete(client, 'hide', placed);
      default:
        return undefined;
    }
  }

  #send(client: ParleyClient, conversation: string, question: MessageView | undefined): void {
    if (client.getSnapshot().unsent >= MOST_UNSENT) return;
    const text = markedText(this.#options.random);
    const messageId = client.send(conversation, text);
    const operation = { f: 'send', key: `${this.#account}/${messageId}`, conversation, text, ...(question && { answers: keyOf(question) }) } as const;
    this.#open.set(messageId, this.#options.history.invoke(this.#session, this.#account, operation));
  }

  async #delete(client: ParleyClient, f: 'delete' | 'hide', among: readonly MessageView[]): Promise<void> {
    if (among.length === 0) return;
    const message = this.#options.random.pick(among);
    const outcome = this.#options.history.invoke(this.#session, this.#account, { f, key: keyOf(message) });
    try {
      await client.deleteMessages([message], f === 'delete' ? 'for-everyone' : 'for-me');
      outcome({ type: 'ok' });
    } catch (error) {
      const reason = error instanceof Failure ? error.reason : String(error);
      outcome({ type: REFUSALS.has(reason) ? 'fail' : 'info', reason });
    }
  }

  /** A read that no server answered is none. */
  async #tolerate(read: Promise<void>): Promise<void> {
    await read.catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    });
  }

  /** Compares the timelines with how they were seen last: nothing goes but what the person hid. */
  #look(): void {
    for (const [conversation, timeline] of this.#client?.getSnapshot().timelines ?? []) {
      const before = this.#seen.get(conversation);
      if (before === timeline) continue;
      this.#seen.set(conversation, timeline);
      if (!before) continue;
      const now = new Set(timeline.messages.map(keyOf));
      const keys = before.messages.map(keyOf).filter((key) => !now.has(key));
      if (keys.length > 0) this.#options.history.add({ type: 'vanished', session: this.#session, account: this.#account, conversation, keys });
    }
  }
}

function keyOf({ senderId, messageId }: { readonly senderId: string; readonly messageId: string }): MessageKey {
  return `${senderId}/${messageId}`;
}
