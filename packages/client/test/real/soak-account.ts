import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../../../scripts/local-cluster/until.ts';
import type { MessageView } from '../../src/api.ts';
import { ParleyClient } from '../../src/client.ts';
import { MemoryStorage } from '../../src/storages/memory.ts';
import type { RealTransport } from './real-transports.ts';
import type { ServerProcesses } from './server-processes.ts';

const PASSWORD = 'correct horse battery';
const TIMEOUT_MS = 120_000;

/** Somebody with two clients, both of which write. */
export class SoakAccount {
  readonly username: string;
  /** Text → the conversation that it was written in. */
  readonly sent = new Map<string, string>();
  readonly #open: (index: number) => ParleyClient;
  readonly #index: number;
  #clients: readonly ParleyClient[] = [];

  constructor(username: string, processes: ServerProcesses, transports: readonly RealTransport[], index: number) {
    this.username = username;
    this.#index = index;
    this.#open = (turn) => {
      const real = transports[turn % transports.length];
      if (!real) throw new Error('there is no transport');
      return new ParleyClient({ servers: processes.servers.map((server) => real.addressOf(server)), transport: real.transport, storage: new MemoryStorage() });
    };
  }

  /** Makes the account with one client, signs in with the other. */
  async begin(): Promise<void> {
    const [first, second] = [this.#open(this.#index), this.#open(this.#index + 1)];
    this.#clients = [first, second];
    await first.createAccount(this.username, PASSWORD);
    await second.logIn(this.username, PASSWORD);
  }

  /** Begins a conversation, and opens it on both sides. */
  async meet(other: SoakAccount): Promise<void> {
    const text = `${this.username} meets ${other.username}`;
    const conversationId = await this.#clients[0]?.sendTo(other.username, text);
    if (conversationId === undefined) throw new Error(`${this.username} has no client`);
    this.sent.set(text, conversationId);
    for (const client of [...this.#clients, ...other.#clients]) {
      await until(() => client.openConversation(conversationId).then(() => true), { what: `${conversationId} is open`, timeoutMs: TIMEOUT_MS });
    }
  }

  isLoaded(conversations: number): boolean {
    return this.#clients.every((client) => {
      const { timelines } = client.getSnapshot();
      return timelines.size === conversations && [...timelines.values()].every(({ messages }) => messages.length > 0);
    });
  }

  async keepWriting(end: number, paceMs: number): Promise<void> {
    await Promise.all(this.#clients.map(async (client, index) => {
      for (let count = 0; ; count++) {
        await delay(paceMs * 2 * Math.random());
        if (performance.now() >= end) return;
        const conversations = [...client.getSnapshot().timelines.keys()];
        const conversationId = conversations[count % conversations.length] ?? '';
        const text = `${this.username}.${index} ${count}`;
        client.send(conversationId, text);
        this.sent.set(text, conversationId);
      }
    }));
  }

  /** What is lost, twice, in another order than elsewhere, or not sent: in words. */
  problems(all: readonly SoakAccount[]): string[] {
    return this.#clients.flatMap((client, index) => {
      const name = `${this.username}.${index}`;
      const { timelines, unsent } = client.getSnapshot();
      const waiting = unsent > 0 ? [`${name} has ${unsent} messages waiting`] : [];
      return [...waiting, ...[...timelines].flatMap(([conversationId, { messages }]) => this.#compare(name, conversationId, messages, all))];
    });
  }

  /** Reads everything with a client that has seen nothing; what it shows is compared in words. */
  async readAgain(): Promise<string[]> {
    const client = this.#open(0);
    this.#clients = [...this.#clients, client];
    await client.logIn(this.username, PASSWORD);
    const conversations = this.#clients[0]?.getSnapshot().timelines ?? new Map<string, unknown>();
    for (const conversationId of conversations.keys()) {
      await client.openConversation(conversationId);
      while (client.getSnapshot().timelines.get(conversationId)?.more) await client.loadOlder(conversationId);
    }
    return [...conversations.keys()].filter((conversationId) => this.#story(client, conversationId) !== this.#story(this.#clients[0], conversationId))
      .map((conversationId) => `${this.username}: a new client shows another ${conversationId} than the old one`);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #compare(name: string, conversationId: string, messages: readonly MessageView[], all: readonly SoakAccount[]): string[] {
    const texts = messages.map(({ text }) => text);
    const seen = new Set(texts);
    const wanted = all.flatMap(({ sent }) => [...sent].filter(([, where]) => where === conversationId).map(([text]) => text));
    const lost = wanted.filter((text) => !seen.has(text));
    const others = all.flatMap((account) => account.#clients.filter((client) => client.getSnapshot().timelines.has(conversationId)).map((client) => account.#story(client, conversationId)));
    return [
      ...(lost.length > 0 ? [`${name} lacks ${lost.length} of ${wanted.length}: ${lost.slice(0, 3).join(', ')}`] : []),
      ...(texts.length > seen.size ? [`${name} shows ${texts.length - seen.size} twice`] : []),
      ...(new Set(others).size > 1 ? [`${name} shows ${conversationId} in another order than others`] : []),
    ];
  }

  #story(client: ParleyClient | undefined, conversationId: string): string {
    return (client?.getSnapshot().timelines.get(conversationId)?.messages ?? []).map(({ senderId, messageId }) => `${senderId}/${messageId}`).join('\n');
  }
}
