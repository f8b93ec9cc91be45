/** Somebody is typing. */
export interface TypingEvent {
  readonly accountId: string;
  readonly conversationId: string;
}

/** One open stream, as the hub knows it. */
export interface LiveStream {
  readonly sessionId: string;
  /** There may be something new. */
  wake(): void;
  typing(event: TypingEvent): void;
  /** The stream is to end: its session was ended, or the server is going. */
  end(why: 'session' | 'draining'): void;
}

/** The open streams of this replica. */
export class LiveHub {
  readonly #streams = new Set<LiveStream>();
  #isDraining = false;

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

  endSession(sessionId: string): void {
    for (const stream of this.#streams) if (stream.sessionId === sessionId) stream.end('session');
  }

  drain(): void {
    this.#isDraining = true;
    for (const stream of this.#streams) stream.end('draining');
  }
}
