import { afterSilence, type Clock, elapsed } from './clock.ts';
import type { Cursors } from './cursors.ts';
import { CallError, GrpcCode, isCursorRefused, verdictOf } from './failure.ts';
import type { Servers } from './servers.ts';
import type { Channel, Transport, UnaryMethod } from './transport.ts';

export interface AttemptOptions {
  readonly token?: string | undefined;
  /** How long to wait: milliseconds. Without it what the server's measured round trip allows. */
  readonly deadlineMs?: number | undefined;
  /** Take the time of this call as the server's round trip: it is one that waits for nothing. */
  readonly measure?: boolean;
}

/** The parts of a reply that concern every call. */
interface Reply {
  readonly seen?: Uint8Array;
  readonly _unknownFields?: unknown;
}

/** One try of one call on one server. Cursors travel with it, and the server's health follows from what comes of it. */
export class Attempts {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #servers: Servers;
  readonly #cursors: Cursors;
  readonly #channels = new Map<string, Channel>();
  /** What ends each call under way. One signal for all of them would have as many listeners, which Node takes for a leak. */
  readonly #underWay = new Set<() => void>();
  #closed = false;

  constructor(transport: Transport, clock: Clock, servers: Servers, cursors: Cursors) {
    this.#transport = transport;
    this.#clock = clock;
    this.#servers = servers;
    this.#cursors = cursors;
  }

  channel(address: string): Channel {
    let channel = this.#channels.get(address);
    if (!channel) {
      channel = this.#transport.connect(address);
      this.#channels.set(address, channel);
    }
    return channel;
  }

  /** Rejects with a CallError: what the server said, DEADLINE_EXCEEDED, or CANCELLED. */
  async once<Request, Response extends Reply>(
    address: string,
    method: UnaryMethod<Request, Response>,
    request: Request,
    options: AttemptOptions = {},
  ): Promise<Response> {
    await this.#cursors.complete;
    const started = elapsed(this.#clock);
    // Cursors say nothing to a server of another cluster.
    const sent = this.#servers.get(address)?.standing === 'ours' ? this.#cursors.outgoing() : [];
    try {
      const reply = await this.#within(address, method, { ...request, seen: sent }, options);
      this.#servers.answered(address, options.measure ? elapsed(this.#clock) - started : undefined);
      if (reply.seen) this.#cursors.settle(sent, reply.seen);
      return reply;
    } catch (error) {
      this.#note(address, error);
      if (sent.length === 0 || !isCursorRefused(error)) throw error;
      this.#cursors.clear();
      return this.once(address, method, request, options);
    }
  }

  /** Closes the channel to a server that is not used any more. */
  forget(address: string): void {
    this.#channels.get(address)?.close();
    this.#channels.delete(address);
  }

  /** Cancels all that is under way and everything after it. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#underWay) cancel();
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  /** Draws the conclusions about the server from the error of a call. */
  #note(address: string, error: unknown): void {
    switch (verdictOf(error)) {
      case 'gone':
        return this.#servers.failed(address);
      case 'aside':
        return this.#servers.stepAside(address, error instanceof CallError && error.reason === 'DRAINING' ? 'draining' : 'starting');
      case 'cancelled':
        return undefined;
      default:
        return this.#servers.answered(address);
    }
  }

  #within<Request, Response>(address: string, method: UnaryMethod<Request, Response>, request: Request, options: AttemptOptions): Promise<Response> {
    const deadlineMs = options.deadlineMs ?? this.#servers.deadlineMs(address);
    return new Promise((resolve, reject) => {
      const controller = new AbortController();
      // The transport knows the deadline too, but one that is stuck, or a browser whose timers are late, must not hold the next server up.
      const stopWaiting = afterSilence(this.#clock, deadlineMs, () => giveUp(GrpcCode.DEADLINE_EXCEEDED));
      const cancel = (): void => giveUp(GrpcCode.CANCELLED);
      const tidy = (): void => {
        stopWaiting();
        this.#underWay.delete(cancel);
      };
      const giveUp = (code: number): void => {
        tidy();
        reject(new CallError(code, code === GrpcCode.CANCELLED ? 'cancelled' : `no answer within ${Math.round(deadlineMs)} ms`));
        controller.abort();
      };
      if (this.#closed) return cancel();
      this.#underWay.add(cancel);
      this.channel(address)
        .call(method, request, { token: options.token, deadlineAt: this.#clock.now() + deadlineMs, signal: controller.signal })
        .finally(tidy)
        .then(resolve, reject);
    });
  }
}
