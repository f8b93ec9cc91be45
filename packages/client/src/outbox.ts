import { ChatServiceDefinition, type Copies, type Message, type SendMessageRequest, type SendMessageResponse } from '@parley/proto/chat';
import type { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import { backoffMs } from './endpoints.ts';
import { isFinal, toFailure, verdictOf } from './failure.ts';
import { HeldUp } from './held-up.ts';
import { OutboxEntries } from './outbox-entries.ts';
import { acknowledged, isDone, isUnsent, type OutboxEntry, wantsCopy } from './outbox-entry.ts';
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
  /** What storage has is here. */
  readonly loaded: () => void;
  /** The message is shown among those that servers have. */
  readonly isPlaced: (entry: OutboxEntry) => boolean;
  /** A server has the message of `entry`, as `message`, with these copies. */
  readonly sent: (entry: OutboxEntry, message: Message | undefined, copies: Copies | undefined) => void;
  /**
   * Resolves when storage holds what this client has been shown. Before that storage forgets no message: the next one, sent after a reload to a server that
   * lacks it, would stand above it.
   */
  readonly keepSeen: () => Promise<void>;
}

/**
 * Messages on their way out. Each server is given them in order, one at a time, so that nobody sees them reversed; a conversation that a server
 * cannot take messages for is passed over there, as a whole, and the others go on. Two lanes run: one that sends to the server in use, one that
 * offers what only one server has to the others. A message leaves when two replicas have it, or when it was refused and is discarded.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** Waits for something to do. */
  readonly #work: Pause;
  /** Waits before the next try. */
  readonly #backoff: Pause;
  readonly #entries: OutboxEntries;
  #run: AbortController | undefined;
  /** Servers that a lane is talking to. */
  readonly #busy = new Set<string>();
  /** Servers that live but do not take messages now. */
  readonly #barred = new Set<string>();
  /** Conversations that are passed over. */
  readonly #heldUp: HeldUp;
  /** `address messageId`: refused there although another server has it. */
  readonly #refusals = new Set<string>();
  /** Messages that were put in since the start and offered to no server: nobody can know their text. */
  readonly #fresh = new Set<string>();
  #isLoaded = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#entries = new OutboxEntries(options.storage, options.changed, options.keepSeen);
    this.#work = new Pause(options.clock);
    this.#backoff = new Pause(options.clock);
    this.#heldUp = new HeldUp(options.clock, options.random);
  }

  /** Sends what is kept for this account, and then whatever is put in. */
  start(accountId: string): void {
    this.stop();
    const run = new AbortController();
    this.#run = run;
    this.#entries.belongTo(accountId);
    void this.#entries.load(run.signal).then(() => {
      if (run.signal.aborted) return undefined;
      this.#isLoaded = true;
      this.#options.loaded();
      return Promise.all([this.#send(run.signal), this.#spread(run.signal)]);
    });
  }

  /** What is not sent stays in storage. */
  stop(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#refusals.clear();
    this.#fresh.clear();
    this.#isLoaded = false;
    this.#heldUp.releaseAll();
    this.#entries.letGo();
  }

  /** Stops, and forgets what was not sent. */
  async clear(): Promise<void> {
    this.stop();
    await this.#entries.forget();
  }

  /** Resolves when the message is in storage. It is in `changed` before that. */
  async put(entry: OutboxEntry): Promise<void> {
    if (!this.has(entry.messageId)) this.#fresh.add(entry.messageId);
    // A tab that does not know whether its engine had heard it says it again: that changes nothing.
    this.#entries.add(entry);
    this.#work.wake();
    // What waits may be another conversation's, which this one need not wait for.
    if (this.#heldUp.nextMs() !== undefined) this.#backoff.wake();
    await this.saved();
  }

  /** Is the message here: not on two servers yet, or refused? */
  has(messageId: string): boolean {
    return this.#entries.get(messageId) !== undefined;
  }

  /** Has no server the message, as far as is known? Before storage was read it may be so. */
  mayBeUnsent(messageId: string): boolean {
    const entry = this.#entries.get(messageId);
    return !this.#isLoaded || (entry !== undefined && entry.stored === 0);
  }

  /** Gives a message that no server was offered, or that was refused for good, another text; one that was refused is sent once more. False: it is too late for that. */
  amend(messageId: string, text: string): boolean {
    const entry = this.#entries.get(messageId);
    if (!entry || !(entry.failure !== undefined || this.#fresh.has(messageId))) return false;
    this.#entries.replace({ ...entry, text });
    this.retry(messageId);
    return true;
  }

  /** So many replicas hold a message that a server has acknowledged: it need not be offered to others when two have it. */
  told(messageId: string, copies: Copies): void {
    const held = this.#entries.get(messageId);
    // One that is shown only because it is here waits for the answer, which brings it.
    if (!held || !wantsCopy(held) || copies.stored <= held.stored || !this.#options.isPlaced(held)) return;
    const entry = { ...held, stored: copies.stored, replicas: copies.replicas };
    if (isDone(entry)) this.#entries.remove(messageId);
    else this.#entries.replace(entry);
  }

  /** Sends a message that was refused once more, after all others: the reason may be gone. */
  retry(messageId: string): void {
    const refused = this.#entries.get(messageId);
    if (refused?.failure === undefined) return;
    this.#entries.remove(messageId);
    void this.put({ ...refused, failure: undefined, failureCode: undefined, since: this.#options.clock.now() });
  }

  /** Takes out a message that was refused. */
  discard(messageId: string): void {
    if (this.#entries.get(messageId)?.failure !== undefined) this.#entries.remove(messageId);
  }

  /** Resolves when storage holds what happened so far. */
  saved(): Promise<void> {
    return this.#entries.saved();
  }

  /** What waits goes on at once. */
  wake(): void {
    this.#barred.clear();
    this.#heldUp.releaseAll();
    this.#backoff.wake();
  }

  /** Takes over what others on the same storage have put there and left. */
  async refresh(): Promise<void> {
    if (!this.#run) return;
    await this.#entries.load(this.#run.signal);
    this.#work.wake();
  }

  /** To the server in use: what no server has, and before it what this one still lacks. */
  async #send(stopped: AbortSignal): Promise<void> {
    const { servers } = this.#options;
    for (let failures = 0; !stopped.aborted;) {
      if (!this.#entries.all.some(isUnsent)) {
        await this.#work.wait(undefined, stopped);
        continue;
      }
      const next = this.#next();
      if (!next) {
        failures += 1;
        await this.#wait(failures, stopped);
      } else if (this.#busy.has(next.address)) {
        await this.#work.wait(undefined, stopped);
      } else if (await this.#offer(next.address, next.entry, stopped)) {
        failures = 0;
        if (!servers.isUsable(servers.inUse)) servers.use(next.address);
      }
    }
  }

  /** What the server in use is given next; where it can take none of what is unsent, what another one is given. */
  #next(): { readonly address: string; readonly entry: OutboxEntry } | undefined {
    const passedOver = new Set(this.#barred);
    for (;;) {
      const address = this.#options.servers.pick(passedOver);
      if (address === undefined) return undefined;
      const entry = this.#entries.all.find((each) => this.#lacks(address, each) && !this.#heldUp.isHeld(address, each.conversationId));
      if (entry) return { address, entry };
      passedOver.add(address);
    }
  }

  /** To any other server: what only one has. */
  async #spread(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !stopped.aborted;) {
      const wanting = this.#entries.all.filter(wantsCopy);
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
    this.#fresh.delete(entry.messageId);
    try {
      // A message that is not in storage yet could be on a server and unknown here after a reload: nobody would see that it was sent.
      await this.saved();
      const reply = await this.#options.calls.on(address, sendMessage, requestOf(entry));
      this.#heldUp.release(address, entry.conversationId);
      if (!stopped.aborted) this.#acknowledge(entry.messageId, this.#replicaAt(address), reply);
      return true;
    } catch (error) {
      if (!stopped.aborted) this.#refuse(address, entry, error);
      return false;
    } finally {
      this.#busy.delete(address);
      this.#work.wake();
    }
  }

  #acknowledge(messageId: string, replicaId: string, reply: SendMessageResponse): void {
    const held = this.#entries.get(messageId);
    if (!held) return;
    const entry = acknowledged(held, replicaId, reply.copies ?? { stored: 1, replicas: this.#options.servers.all().length });
    this.#options.sent(entry, reply.message, reply.copies);
    if (isDone(entry)) this.#entries.remove(messageId);
    else this.#entries.replace(entry);
  }

  #refuse(address: string, { conversationId, messageId }: OutboxEntry, error: unknown): void {
    const held = this.#entries.get(messageId);
    if (!isFinal(error)) {
      // A dead server is left out by its own backoff; a live one that cannot take this now must not be asked in a circle.
      if (verdictOf(error) === 'elsewhere') this.#heldUp.hold(address, conversationId);
      else if (this.#options.servers.available().includes(address)) this.#barred.add(address);
    } else if (held && isUnsent(held)) {
      const { message, reason } = toFailure(error);
      this.#entries.replace({ ...held, failure: message, failureCode: reason });
    } else {
      this.#refusals.add(`${address} ${messageId}`);
    }
  }

  async #wait(failures: number, stopped: AbortSignal): Promise<void> {
    const { random, servers } = this.#options;
    const waits = [this.#barred.size > 0 ? backoffMs(failures, random) : servers.nextRetryMs(), this.#heldUp.nextMs()].filter((ms) => ms !== undefined);
    await this.#backoff.wait(waits.length > 0 ? Math.min(...waits) : backoffMs(failures, random), stopped);
    this.#barred.clear();
  }

  #lacks(address: string, entry: OutboxEntry): boolean {
    if (entry.failure !== undefined || isDone(entry) || this.#refusals.has(`${address} ${entry.messageId}`)) return false;
    return !entry.storedOn.includes(this.#replicaAt(address));
  }

  #serverWithout(entry: OutboxEntry): string | undefined {
    const { servers } = this.#options;
    const have = servers.all().map((server) => server.endpoint.address).filter((address) => !this.#lacks(address, entry) || this.#heldUp.isHeld(address, entry.conversationId));
    return servers.pick(new Set([...have, ...this.#barred, ...this.#busy]));
  }

  /** The address stands for a replica that has not told its id. */
  #replicaAt(address: string): string {
    return this.#options.servers.get(address)?.replicaId ?? address;
  }
}

function requestOf(entry: OutboxEntry): SendMessageRequest {
  const { conversationId, messageId, recipientId, text, replyTo } = entry;
  return sendMessage.requestType.create({
    to: recipientId === undefined ? { $case: 'conversationId', value: conversationId } : { $case: 'recipientId', value: recipientId },
    messageId,
    text,
    replyTo,
  });
}
