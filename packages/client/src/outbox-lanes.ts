import { ChatServiceDefinition, type Copies, type Message, type SendMessageRequest, type SendMessageResponse } from '@parley/proto/chat';
import type { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import { backoffMs } from './endpoints.ts';
import { isFinal, toFailure, verdictOf } from './failure.ts';
import { HeldUp } from './held-up.ts';
import type { OutboxEntries } from './outbox-entries.ts';
import { acknowledged, isDone, isUnsent, type OutboxEntry, wantsCopy } from './outbox-entry.ts';
import { Pause } from './pause.ts';
import type { Random } from './random.ts';
import type { Servers } from './servers.ts';

const { sendMessage } = ChatServiceDefinition.methods;

export interface OutboxLanesOptions {
  readonly calls: Calls;
  readonly servers: Servers;
  readonly clock: Clock;
  readonly random: Random;
  readonly entries: OutboxEntries;
  /** The message is offered to a server now, which may know it from then on. */
  readonly offered: (messageId: string) => void;
  /** A server has the message of `entry`, as `message`, with these copies. */
  readonly sent: (entry: OutboxEntry, message: Message | undefined, copies: Copies | undefined) => void;
}

/**
 * How messages of the outbox get to servers. Each server is given them in order, one at a time, so that nobody sees them reversed; a conversation that a server
 * cannot take messages for is passed over there, as a whole, and the others go on. Two lanes run: one that sends to the server in use, one that
 * offers what only one server has to the others.
 */
export class OutboxLanes {
  readonly #options: OutboxLanesOptions;
  /** Waits for something to do. */
  readonly #work: Pause;
  /** Waits before the next try. */
  readonly #backoff: Pause;
  /** Servers that a lane is talking to. */
  readonly #busy = new Set<string>();
  /** Servers that live but do not take messages now. */
  readonly #barred = new Set<string>();
  /** Conversations that are passed over. */
  readonly #heldUp: HeldUp;
  /** `address messageId`: refused there although another server has it. */
  readonly #refusals = new Set<string>();

  constructor(options: OutboxLanesOptions) {
    this.#options = options;
    this.#work = new Pause(options.clock);
    this.#backoff = new Pause(options.clock);
    this.#heldUp = new HeldUp(options.clock, options.random);
  }

  /** Both lanes go on until they are stopped. */
  async run(stopped: AbortSignal): Promise<void> {
    await Promise.all([this.#send(stopped), this.#spread(stopped)]);
  }

  /** What servers have refused is forgotten: the next entries are another account's, or are tried again. */
  forget(): void {
    this.#refusals.clear();
    this.#heldUp.releaseAll();
  }

  /** There are entries that were not there before. */
  added(): void {
    this.#work.wake();
    // What waits may be another conversation's, which these need not wait for.
    if (this.#heldUp.nextMs() !== undefined) this.#backoff.wake();
  }

  /** What waits goes on at once. */
  wake(): void {
    this.#barred.clear();
    this.#heldUp.releaseAll();
    this.#backoff.wake();
  }

  /** To the server in use: what no server has, and before it what this one still lacks. */
  async #send(stopped: AbortSignal): Promise<void> {
    const { servers } = this.#options;
    for (let failures = 0; !stopped.aborted;) {
      if (!this.#options.entries.all.some(isUnsent)) {
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
      const entry = this.#options.entries.all.find((each) => this.#lacks(address, each) && !this.#heldUp.isHeld(address, each.conversationId));
      if (entry) return { address, entry };
      passedOver.add(address);
    }
  }

  /** To any other server: what only one has. */
  async #spread(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !stopped.aborted;) {
      const wanting = this.#options.entries.all.filter(wantsCopy);
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
    const { calls, entries, offered } = this.#options;
    this.#busy.add(address);
    offered(entry.messageId);
    try {
      // A message that is not in storage yet could be on a server and unknown here after a reload: nobody would see that it was sent.
      await entries.saved();
      const reply = await calls.on(address, sendMessage, requestOf(entry));
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
    const held = this.#options.entries.get(messageId);
    if (!held) return;
    const entry = acknowledged(held, replicaId, reply.copies ?? { stored: 1, replicas: this.#options.servers.all().length });
    this.#options.sent(entry, reply.message, reply.copies);
    if (isDone(entry)) this.#options.entries.remove(messageId);
    else this.#options.entries.replace(entry);
  }

  #refuse(address: string, { conversationId, messageId }: OutboxEntry, error: unknown): void {
    const held = this.#options.entries.get(messageId);
    if (!isFinal(error)) {
      // A dead server is left out by its own backoff; a live one that cannot take this now must not be asked in a circle.
      if (verdictOf(error) === 'elsewhere') this.#heldUp.hold(address, conversationId);
      else if (this.#options.servers.available().includes(address)) this.#barred.add(address);
    } else if (held && isUnsent(held)) {
      const { message, reason } = toFailure(error);
      this.#options.entries.replace({ ...held, failure: message, failureCode: reason });
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
