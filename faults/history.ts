import { createWriteStream, type WriteStream } from 'node:fs';

/** The key of a message: `sender/id`. Senders make ids, each for itself. */
export type MessageKey = string;

/** Where a message stands: by clock value, then by origin. */
export interface Place {
  readonly hlc: number;
  readonly origin: number;
}

/** Does `a` stand above `b`? What has no place yet stands above all. */
export function isBefore(a: Partial<Place>, b: Partial<Place>): boolean {
  const hlc = (a.hlc ?? 0) - (b.hlc ?? 0);
  return hlc < 0 || (hlc === 0 && (a.origin ?? 0) < (b.origin ?? 0));
}

/** A message as a reply or the live stream showed it. */
export interface ShownMessage extends Place {
  readonly key: MessageKey;
  readonly deleted: boolean;
}

/**
 * What clients did and saw. An operation is invoked, and then is `ok`, has failed for good (`fail`), or has an outcome that nobody knows
 * (`info`: a timeout, or a client that was gone before the answer). `session`: one life of a client, from its sign-in until it is
 * closed; it keeps the outbox and cursors of its own.
 */
export type Operation =
  | { readonly f: 'create'; readonly username: string }
  /** `answers`: the message that the writer had before its eyes. */
  | { readonly f: 'send'; readonly key: MessageKey; readonly conversation: string; readonly text: string; readonly answers?: MessageKey | undefined }
  /** For everyone. */
  | { readonly f: 'delete'; readonly key: MessageKey }
  /** For the account itself. */
  | { readonly f: 'hide'; readonly key: MessageKey };

export type Outcome =
  | { readonly type: 'ok'; readonly accountId?: string }
  | { readonly type: 'fail' | 'info'; readonly reason: string };

export type Event =
  | { readonly type: 'invoke'; readonly op: number; readonly session: string; readonly account: string; readonly operation: Operation }
  | ({ readonly op: number } & Outcome)
  /** A server's claim, in a reply to a write. */
  | { readonly type: 'copies'; readonly session: string; readonly stored: number; readonly replicas: number }
  /** A client asks for a page of a conversation. `hasSeen`: it told the server what it has seen. */
  | { readonly type: 'ask'; readonly read: number; readonly session: string; readonly account: string; readonly conversation: string; readonly hasSeen: boolean }
  /** The page. `from`: it has all from that place on; absent: from the very first message on. `upTo`: it was asked for what stands before that. */
  | { readonly type: 'page'; readonly read: number; readonly behind: boolean; readonly from?: Place | undefined; readonly upTo?: Place | undefined; readonly messages: readonly ShownMessage[] }
  /** A session was shown these outside a page: by the stream, or as the reply to its own send. */
  | { readonly type: 'shown'; readonly session: string; readonly conversation: string; readonly messages: readonly ShownMessage[] }
  /** Rows that a client's timeline had shown and shows no more. */
  | { readonly type: 'vanished'; readonly session: string; readonly account: string; readonly conversation: string; readonly keys: readonly MessageKey[] }
  /** What a client's timeline shows at the end, in its order, from its floor on. */
  | { readonly type: 'view'; readonly session: string; readonly account: string; readonly conversation: string; readonly messages: readonly { readonly key: MessageKey; readonly deleted: boolean }[] }
  /** A try of a call failed, for people who read the history: the client may have gone on to another server. */
  | { readonly type: 'failed try'; readonly session: string; readonly server: string; readonly method: string; readonly reason: string }
  /** For people who read the history. */
  | { readonly type: 'fault'; readonly what: string; readonly phase: 'begins' | 'is over' };

/** An event and when it happened: milliseconds since the run began. */
export type Recorded = Event & { readonly at: number };

/** Keeps the history in memory for the checker, and as JSON lines in a file for people. */
export class History {
  readonly events: Recorded[] = [];
  readonly #file: WriteStream;
  readonly #startedAt = performance.now();
  #operations = 0;
  #reads = 0;

  constructor(path: string) {
    this.#file = createWriteStream(path);
  }

  /** Milliseconds since the run began. */
  now(): number {
    return Math.round(performance.now() - this.#startedAt);
  }

  add(event: Event): void {
    const recorded = { at: this.now(), ...event };
    this.events.push(recorded);
    this.#file.write(`${JSON.stringify(recorded)}\n`);
  }

  /** Records that an operation begins; returns how to record its outcome, once. */
  invoke(session: string, account: string, operation: Operation): (outcome: Outcome) => void {
    this.#operations += 1;
    const op = this.#operations;
    this.add({ type: 'invoke', op, session, account, operation });
    let isOpen = true;
    return (outcome) => {
      if (isOpen) this.add({ op, ...outcome });
      isOpen = false;
    };
  }

  /** The number of the next read. */
  nextRead(): number {
    this.#reads += 1;
    return this.#reads;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }
}
