/** One end of an ordered way between a tab and the engine that serves it. What is posted crosses by structured clone, or within one page as it is. */
export interface EnginePort<Out, In> {
  post(message: Out): void;
  /** Calls `listener` with each message; the first call opens the port. One listener only. */
  listen(listener: (message: In) => void): void;
  close(): void;
}

/** A way over a MessagePort, as a SharedWorker gives one to each tab. */
export function messagePort<Out, In>(port: MessagePort): EnginePort<Out, In> {
  return {
    post: (message) => port.postMessage(message),
    listen: (listener) => {
      port.onmessage = ({ data }: MessageEvent<In>) => listener(data);
    },
    close: () => port.close(),
  };
}

/** Both ends of a way within one page. */
export function portPair<A, B>(): readonly [EnginePort<A, B>, EnginePort<B, A>] {
  const left = new LocalEnd<A, B>();
  const right = new LocalEnd<B, A>();
  left.other = right;
  right.other = left;
  return [left, right];
}

class LocalEnd<Out, In> implements EnginePort<Out, In> {
  other: LocalEnd<In, Out> | undefined;
  #listener: ((message: In) => void) | undefined;
  readonly #waiting: In[] = [];

  /** Never within the caller's turn, as with ports between threads. */
  post(message: Out): void {
    queueMicrotask(() => this.other?.receive(message));
  }

  listen(listener: (message: In) => void): void {
    this.#listener = listener;
    for (const message of this.#waiting.splice(0)) listener(message);
  }

  close(): void {
    if (this.other) this.other.other = undefined;
    this.other = undefined;
  }

  receive(message: In): void {
    if (this.#listener) this.#listener(message);
    else this.#waiting.push(message);
  }
}
