import type { SubscribeRequest, SubscribeResponse } from '@parley/proto/chat';
import { afterSilence, type Clock, elapsed } from './clock.ts';
import { CallError, GrpcCode } from './failure.ts';
import type { Channel } from './transport.ts';

/** Heartbeats come every 2 s; a stream without a word for three of them is dead, whatever the connection says. */
const SILENCE_MS = 6_000;

/** How a stream came to its end. */
export type StreamEnd =
  /** This client left it. */
  | { readonly how: 'left' }
  /** The server ended it, or the connection or the watchdog did. `error` undefined: with OK. */
  | { readonly how: 'ended'; readonly error: CallError | undefined; readonly spoke: boolean; readonly lastedMs: number };

/** One live stream from one server, with a watchdog. */
export class Stream {
  /** Resolves once it is over; nothing is heard after that. */
  readonly ended: Promise<StreamEnd>;
  readonly #clock: Clock;
  readonly #started: number;
  #finish: (end: StreamEnd) => void = () => undefined;
  #cancel: () => void = () => undefined;
  #stopWatching: () => void = () => undefined;
  #spoke = false;
  #over = false;

  constructor(channel: Channel, request: SubscribeRequest, token: string, clock: Clock, heard: (event: SubscribeResponse) => void) {
    this.#clock = clock;
    this.#started = elapsed(clock);
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#watch();
    this.#cancel = channel.subscribe(request, token, {
      event: (event) => {
        if (this.#over) return;
        this.#spoke = true;
        this.#watch();
        heard(event);
      },
      end: (error) => this.#end(error),
    });
  }

  leave(): void {
    if (this.#over) return;
    this.#close({ how: 'left' });
    this.#cancel();
  }

  #watch(): void {
    this.#stopWatching();
    this.#stopWatching = afterSilence(this.#clock, SILENCE_MS, () => {
      this.#end(new CallError(GrpcCode.DEADLINE_EXCEEDED, `no word for ${SILENCE_MS} ms`));
      this.#cancel();
    });
  }

  #end(error: CallError | undefined): void {
    this.#close({ how: 'ended', error, spoke: this.#spoke, lastedMs: elapsed(this.#clock) - this.#started });
  }

  #close(end: StreamEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopWatching();
    this.#finish(end);
  }
}
