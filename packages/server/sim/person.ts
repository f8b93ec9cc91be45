import { createHash } from 'node:crypto';
import type { MessageView } from '@parley/client/api';
import { ParleyClient } from '@parley/client/client';
import { MemoryStorage } from '@parley/client/storages/memory';
import type { Chance } from './chance.ts';
import { ChatTransport } from './chat-transport.ts';
import { Viewer } from './checks/viewer.ts';
import { ProcessTime, type WallClock } from './process-time.ts';
import type { World } from './world.ts';

const PASSWORD = 'correct horse';
/** Somebody whose account could not be made tries again. */
const TRY_AGAIN_MS = 700;

/** A person at the real client library; the device keeps what a device keeps. */
export class Person {
  readonly name: string;
  readonly username: string;
  readonly clock: WallClock = { shiftMs: 0 };
  accountId = '';
  client: ParleyClient | undefined;
  /** Nobody else took the name, or somebody did. */
  isRefused = false;
  /** Ids of own messages in the order in which they were sent, by conversation. */
  readonly sent = new Map<string, string[]>();
  /** What each own message said, and says after its edits, the last one last: `sender/message` → texts. */
  readonly texts = new Map<string, string[]>();
  readonly viewer: Viewer;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #storage = new MemoryStorage();
  /** The newest last: of a change whose answer was lost it is not known whether it was made. */
  #passwords = [PASSWORD];
  #time: ProcessTime | undefined;
  #starts = 0;
  #count = 0;

  constructor(world: World, name: string, username: string) {
    this.#world = world;
    this.name = name;
    this.username = username;
    this.#chance = world.chance.split(`person ${name}`);
    this.viewer = new Viewer(name, world.checks, (key) => world.people.flatMap((person) => person.texts.get(key) ?? []));
  }

  /** Opens the client, if it is not open: a page is loaded. */
  start(): void {
    if (this.client) return;
    const { timeline, network, machines } = this.#world;
    const time = new ProcessTime(timeline, this.clock);
    this.#time = time;
    const chance = this.#chance.split(this.#starts++);
    const client = new ParleyClient({
      servers: machines.slice(0, 3).map(({ url }) => url),
      transport: new ChatTransport(network, { name: this.name, time }, (url) => this.#world.machineAt(url)?.services),
      storage: this.#storage,
      clock: { now: () => time.wallMs(), monotonic: () => time.monotonicMs(), setTimeout: (fn, ms) => time.after(ms, fn), clearTimeout: (cancel) => (cancel as (() => void) | undefined)?.() },
      random: { bytes: (count) => chance.bytes(count), fraction: () => chance.fraction() },
      digest: (data) => createHash('sha256').update(data).digest(),
    });
    this.client = client;
    this.viewer.watch(client, () => time.isAlive);
    if (this.#starts === 1) void this.#create(client, time);
    else this.#openAll(client);
  }

  /** Closes the page and loads it again: what the device keeps is all that is left. */
  restart(): void {
    this.#world.trace.say(() => `${this.name} loads the page again`);
    this.close();
    this.start();
  }

  /** Closes the page: the device keeps what it keeps, until `start`. */
  close(): void {
    this.#time?.end();
    this.client = undefined;
  }

  /** Has an account and a page that shows conversations. */
  get isSignedIn(): boolean {
    return this.client?.getSnapshot().session.status === 'signed-in';
  }

  /** Where the page is served; undefined where it is not. */
  get serverUrl(): string | undefined {
    return this.client?.getSnapshot().servers.find(({ inUse }) => inUse)?.url;
  }

  /** Returns the message; undefined where none could be written. */
  send(to: Person, question: MessageView | undefined): Pick<MessageView, 'conversationId' | 'messageId'> | undefined {
    if (!this.client || !this.isSignedIn || to.accountId === '') return undefined;
    const conversationId = this.client.conversationWith(to.accountId);
    const sent = this.sent.get(conversationId) ?? [];
    this.sent.set(conversationId, sent);
    const text = textOf(this.name, ++this.#count);
    const messageId = this.client.send(conversationId, text, { replyTo: question });
    sent.push(messageId);
    this.texts.set(`${this.accountId}/${messageId}`, [text]);
    if (question) this.#world.checks.causality.questions.set(`${this.accountId}/${messageId}`, `${question.senderId}/${question.messageId}`);
    this.#world.counters.count('client: sends');
    this.#world.trace.say(() => `${this.name} sends ${this.#count} to ${to.name} ${messageId}${question ? ` after ${question.messageId}` : ''}`);
    return { conversationId, messageId };
  }

  edit({ conversationId, messageId }: Pick<MessageView, 'conversationId' | 'messageId'>): void {
    const text = textOf(this.name, ++this.#count);
    this.texts.get(`${this.accountId}/${messageId}`)?.push(text);
    this.#ask('edit', (client) => client.edit(conversationId, messageId, text));
  }

  markRead(to: Person): void {
    this.#ask('mark read', (client) => client.markRead(client.conversationWith(to.accountId)));
  }

  delete(message: Pick<MessageView, 'senderId' | 'messageId'>, how: 'for-me' | 'undo' | 'for-everyone'): void {
    this.viewer.deletes(message, how);
    this.#ask(`delete ${how}`, (client) => client.deleteMessages([message], how));
  }

  changePassword(): void {
    const next = `${PASSWORD} ${this.#passwords.length}`;
    const old = this.#passwords.at(-1) ?? PASSWORD;
    this.#passwords.push(next);
    this.#ask('change password', (client) => client.changePassword(old, next));
  }

  list(): void {
    this.#ask('list', (client) => client.searchAccounts(''));
  }

  /** What is shown of the conversation with somebody. */
  shown(other: Person): readonly MessageView[] {
    if (!this.client || !this.isSignedIn || other.accountId === '') return [];
    return this.client.getSnapshot().timelines.get(this.client.conversationWith(other.accountId))?.messages ?? [];
  }

  /** Opens the conversations with all others. */
  openAll(): void {
    if (this.client) this.#openAll(this.client);
  }

  /** A session was ended by new credentials, or a restored server: signs in again. */
  signInAgain(): void {
    if (!this.client || this.isSignedIn || this.accountId === '') return;
    this.#ask('sign in', async (client) => {
      for (const password of this.#passwords.toReversed()) {
        await client.logIn(this.username, password).catch((error: unknown) => {
          if ((error as { reason?: string }).reason !== 'WRONG_CREDENTIALS') throw error;
        });
        if (this.isSignedIn) break;
      }
      this.#openAll(client);
    });
  }

  #openAll(client: ParleyClient): void {
    for (const other of this.#world.residents) {
      if (other.accountId === '' || other === this) continue;
      void client.ready.then(() => (this.isSignedIn ? client.openConversation(client.conversationWith(other.accountId)) : undefined)).catch(() => {});
    }
  }

  async #create(client: ParleyClient, time: ProcessTime): Promise<void> {
    try {
      await client.createAccount(this.username, PASSWORD);
      const { session } = client.getSnapshot();
      this.accountId = session.status === 'signed-in' ? session.accountId : '';
      this.#world.counters.count('client: account made');
      this.#world.trace.say(() => `${this.name} is ${this.accountId}`);
      for (const person of this.#world.residents) person.openAll();
    } catch (error) {
      if ((error as { reason?: string }).reason === 'USERNAME_TAKEN') {
        this.isRefused = true;
        this.#world.counters.count('client: username taken');
      } else {
        time.after(TRY_AGAIN_MS, () => void this.#create(client, time));
      }
    }
  }

  #ask(what: string, call: (client: ParleyClient) => Promise<unknown>): void {
    const { client } = this;
    const { counters, trace } = this.#world;
    if (!client) return;
    trace.say(() => `${this.name}: ${what}`);
    call(client).then(
      () => counters.count(`client: ${what}`),
      (error: unknown) => {
        const reason = (error as { reason?: string }).reason ?? String(error);
        trace.say(() => `${this.name}: ${what} failed: ${reason}`);
        counters.count(`client: ${what} failed: ${reason.slice(0, 50)}`);
      },
    );
  }
}

/** No message's text is part of another's: whether one is left somewhere can be told. */
function textOf(name: string, count: number): string {
  return `${name} says ${count}.`;
}
