import type { Copies } from '../replication/copies.ts';
import type { Time } from '../stamp/clock.ts';
import { COPIES_APART_MS } from './limits.ts';
import type { Told } from './rising-copies.ts';

/** Somebody is typing. */
export interface TypingEvent {
  readonly accountId: string;
  readonly conversationId: string;
}

/** One open stream, as the hub knows it. */
export interface LiveStream {
  readonly accountId: string;
  readonly sessionId: string;
  /** There may be something new. */
  wake(): void;
  typing(event: TypingEvent): void;
  /** The account was told of so many copies of a message of its own, and there may be more. */
  watch(message: Told): void;
  /** The client was told of copies by the answer to its call. */
  answered(messageId: string, copies: Copies): void;
  /** Copies of what is watched may have risen. */
  lookAtCopies(): void;
  /** The stream is to end: its session was ended, or the server is going. */
  end(why: 'session' | 'draining'): void;
}

/** The open streams of this replica. */
export class LiveHub {
  readonly #streams = new Set<LiveStream>();
  readonly #time: Time;
  #isDraining = false;
  #isLookDue = false;

  constructor(time: Time) {
    this.#time = time;
  }

  /** How many are open. */
  get count(): number {
    return this.#streams.size;
  }

  /** Returns how to take the stream out again. */
  add(stream: LiveStream): () => void {
    this.#streams.add(stream);
    if (this.#isDraining) stream.end('draining');
    return () => void this.#streams.delete(stream);
  }

  wakeAll(): void {
    for (const stream of this.#streams) stream.wake();
  }

  typing(event: TypingEvent): void {
    for (const stream of this.#streams) stream.typing(event);
  }

  /** All streams of the account tell when there are more copies of these. */
  watch(accountId: string, messages: readonly Told[]): void {
    for (const stream of this.#streams) if (stream.accountId === accountId) for (const message of messages) stream.watch(message);
  }

  answered(sessionId: string, messageId: string, copies: Copies): void {
    for (const stream of this.#streams) if (stream.sessionId === sessionId) stream.answered(messageId, copies);
  }

  /** A peer has reported: a little later all streams look, once for many reports. */
  copiesMayHaveRisen(): void {
    if (this.#isLookDue || this.#streams.size === 0) return;
    this.#isLookDue = true;
    this.#time.after(COPIES_APART_MS, () => {
      this.#isLookDue = false;
      for (const stream of this.#streams) stream.lookAtCopies();
    });
  }

  endSession(sessionId: string): void {
    for (const stream of this.#streams) if (stream.sessionId === sessionId) stream.end('session');
  }

  drain(): void {
    this.#isDraining = true;
    for (const stream of this.#streams) stream.end('draining');
  }
}
