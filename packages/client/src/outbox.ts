import { ChatServiceDefinition, type Message, type SendMessageRequest, type SendMessageResponse } from '@parley/proto/chat';
import type { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import { backoffMs } from './endpoints.ts';
import { isFinal, toFailure } from './failure.ts';
import { acknowledged, formatEntries, isDone, isUnsent, type OutboxEntry, parseEntries, wantsCopy } from './outbox-entry.ts';
import { Pause } from './pause.ts';
import type { Random } from './random.ts';
import type { Servers } from './servers.ts';
import type { Storage } from './storage.ts';

const { sendMessage } = ChatServiceDefinition.methods;

export interface OutboxOptions {
  readonly calls: Calls;
  readonly servers: Servers;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  /** The entries are others now. */
  readonly changed: (entries: readonly OutboxEntry[]) => void;
  /** A server has the message of `entry`, as `message`. */
  readonly sent: (entry: OutboxEntry, message: Message | undefined) => void;
}

/**
 * Messages on their way out. Each server is given them strictly in order, one at a time, so that nobody sees them
 * reversed: two lanes run, one that sends to the server in use, one that offers what only one server has to the others.
 * A message leaves when two replicas have it, or when it was refused and is discarded.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** Waits for something to do. */
  readonly #work: Pause;
  /** Waits before the next try. */
  readonly #backoff: Pause;
  #key = '';
  #entries: readonly OutboxEntry[] = [];
  #run: AbortController | undefined;
  #saved: Promise<void> = Promise.resolve();
  /** Servers that a lane is talking to. */
  readonly #busy = new Set<string>();
  /** Servers that live but do not take messages now. */
  readonly #barred = new Set<string>();
  /** `address messageId`: refused there although another server has it. */
  readonly #refusals = new Set<string>();

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#work = new Pause(options.clock);
    this.#backoff = new Pause(options.clock);
  }

  /** Sends what is kept for this account, and then whatever is put in. */
  start(accountId: string): void {
    this.stop();
    const run = new AbortController();
    this.#run = run;
    this.#key = `outbox:${accountId}`;
    void this.#load(run.signal).then(() => Promise.all([this.#send(run.signal), this.#spread(run.signal)]));
  }

  /** What is not sent stays in storage. */
  stop(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#refusals.clear();
    this.#set([]);
  }

  /** Stops, and forgets what was not sent. */
  async clear(): Promise<void> {
    this.stop();
    await this.#saved;
    await this.#options.storage.delete(this.#key);
  }

  /** Resolves when the message is in storage. It is in `changed` before that. */
  async put(entry: OutboxEntry): Promise<void> {
    // Said again by a tab that does not know whether its engine had heard it.
    if (this.#entries.some((other) => other.messageId === entry.messageId)) return this.#saved;
    this.#set([...this.#entries, entry]);
    this.#save((kept) => [...kept.filter((other) => other.messageId !== entry.messageId), entry]);
    this.#work.wake();
    await this.#saved;
  }

  /** Takes out a message that was refused. */
  discard(messageId: string): void {
    if (this.#entries.some((entry) => entry.messageId === messageId && entry.failure !== undefined)) this.#remove(messageId);
  }

  /** Resolves when storage holds what happened so far. */
  saved(): Promise<void> {
    return this.#saved;
  }

  /** What waits goes on at once. */
  wake(): void {
    this.#barred.clear();
    this.#backoff.wake();
  }

  /** Takes over what others on the same storage have put there and left. */
  async refresh(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    await this.#saved;
    await this.#load(run.signal);
    this.#work.wake();
  }

  async #load(stopped: AbortSignal): Promise<void> {
    const kept = parseEntries(await this.#options.storage.get(this.#key));
    if (stopped.aborted) return;
    const held = new Map(this.#entries.map((entry) => [entry.messageId, entry]));
    const already = new Set(kept.map((entry) => entry.messageId));
    this.#set([...kept.map((entry) => held.get(entry.messageId) ?? entry), ...this.#entries.filter((entry) => !already.has(entry.messageId))]);
  }

  /** To the server in use: what no server has, and before it what this one still lacks. */
  async #send(stopped: AbortSignal): Promise<void> {
    const { servers } = this.#options;
    for (let failures = 0; !stopped.aborted;) {
      if (!this.#entries.some(isUnsent)) {
        await this.#work.wait(undefined, stopped);
        continue;
      }
      const address = servers.pick(this.#barred);
      const entry = address === undefined ? undefined : this.#entries.find((each) => this.#lacks(address, each));
      if (address === undefined || !entry) {
        failures += 1;
        await this.#wait(failures, stopped);
      } else if (this.#busy.has(address)) {
        await this.#work.wait(undefined, stopped);
      } else if (await this.#offer(address, entry, stopped)) {
        failures = 0;
        if (!servers.isUsable(servers.inUse)) servers.use(address);
      }
    }
  }

  /** To any other server: what only one has. */
  async #spread(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !stopped.aborted;) {
      const wanting = this.#entries.filter(wantsCopy);
      if (wanting.length === 0) {
        await this.#work.wait(undefined, stopped);
        continue;
      }
      const next = wanting.map((entry) => ({ entry, address: this.#serverWithout(entry) })).find(({ address }) => address !== undefined);
      if (next?.address === undefined) {
        failures += 1;
        await this.#wait(failures, stopped);
      } else if (await this.#offer(next.address, next.entry, stopped)) {
        failures = 0;
      }
    }
  }

  /** True when the server has the message now. */
  async #offer(address: string, entry: OutboxEntry, stopped: AbortSignal): Promise<boolean> {
    this.#busy.add(address);
    try {
      // A message that is not in storage yet could be on a server and unknown here after a reload: nobody would see that it was sent.
      await this.#saved;
      const reply = await this.#options.calls.on(address, sendMessage, requestOf(entry));
      if (!stopped.aborted) this.#acknowledge(entry.messageId, this.#replicaAt(address), reply);
      return true;
    } catch (error) {
      if (!stopped.aborted) this.#refuse(address, entry.messageId, error);
      return false;
    } finally {
      this.#busy.delete(address);
      this.#work.wake();
    }
  }

  #acknowledge(messageId: string, replicaId: string, reply: SendMessageResponse): void {
    const held = this.#entries.find((entry) => entry.messageId === messageId);
    if (!held) return;
    const entry = acknowledged(held, replicaId, reply.copies ?? { stored: 1, replicas: this.#options.servers.all().length });
    this.#options.sent(entry, reply.message);
    if (isDone(entry)) this.#remove(messageId);
    else this.#replace(entry);
  }

  #refuse(address: string, messageId: string, error: unknown): void {
    const held = this.#entries.find((entry) => entry.messageId === messageId);
    if (!isFinal(error)) {
      // A dead server is left out by its own backoff; a live one that cannot take this now must not be asked in a circle.
      if (this.#options.servers.available().includes(address)) this.#barred.add(address);
    } else if (held && isUnsent(held)) {
      const { message, reason } = toFailure(error);
      this.#replace({ ...held, failure: message, failureCode: reason });
    } else {
      this.#refusals.add(`${address} ${messageId}`);
    }
  }

  async #wait(failures: number, stopped: AbortSignal): Promise<void> {
    const { random, servers } = this.#options;
    const ms = this.#barred.size > 0 ? undefined : servers.nextRetryMs();
    await this.#backoff.wait(ms ?? backoffMs(failures, random), stopped);
    this.#barred.clear();
  }

  #lacks(address: string, entry: OutboxEntry): boolean {
    if (entry.failure !== undefined || isDone(entry) || this.#refusals.has(`${address} ${entry.messageId}`)) return false;
    return !entry.storedOn.includes(this.#replicaAt(address));
  }

  #serverWithout(entry: OutboxEntry): string | undefined {
    const { servers } = this.#options;
    const have = servers.all().map((server) => server.endpoint.address).filter((address) => !this.#lacks(address, entry));
    return servers.pick(new Set([...have, ...this.#barred, ...this.#busy]));
  }

  /** The address stands for a replica that has not told its id. */
  #replicaAt(address: string): string {
    return this.#options.servers.get(address)?.replicaId ?? address;
  }

  #replace(entry: OutboxEntry): void {
    const put = (entries: readonly OutboxEntry[]): OutboxEntry[] => entries.map((each) => (each.messageId === entry.messageId ? entry : each));
    this.#set(put(this.#entries));
    this.#save(put);
  }

  #remove(messageId: string): void {
    const without = (entries: readonly OutboxEntry[]): OutboxEntry[] => entries.filter((entry) => entry.messageId !== messageId);
    this.#set(without(this.#entries));
    this.#save(without);
  }

  #set(entries: readonly OutboxEntry[]): void {
    this.#entries = entries;
    this.#options.changed(entries);
  }

  /** Each change is made to what is in storage, which other tabs change too. */
  #save(change: (kept: OutboxEntry[]) => readonly OutboxEntry[]): void {
    const { storage } = this.#options;
    const key = this.#key;
    this.#saved = this.#saved.then(() => storage.update(key, (text) => formatEntries(change(parseEntries(text)))));
  }
}

function requestOf(entry: OutboxEntry): SendMessageRequest {
  const { conversationId, messageId, recipientId, text } = entry;
  return sendMessage.requestType.create({
    to: recipientId === undefined ? { $case: 'conversationId', value: conversationId } : { $case: 'recipientId', value: recipientId },
    messageId,
    text,
  });
}
