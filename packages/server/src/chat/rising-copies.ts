import type { MessageCopies } from '@parley/proto/chat';
import type { Copies } from '../replication/copies.ts';
import { MAX_WATCHED } from './limits.ts';

/** The change that created a message. */
export interface Creation {
  readonly origin: number;
  readonly seq: number;
}

/** A message, and what a client was told of its copies; undefined: nothing that counts. */
export interface Told {
  readonly messageId: string;
  readonly write: Creation;
  readonly told: Copies | undefined;
}

export interface RisingCopiesOptions {
  readonly count: (write: Creation) => Copies;
  /** The creation of one of the account's messages as it is now: a mended fork writes it again. Undefined: it is not here, or was deleted. */
  readonly creationOf: (messageId: string) => Creation | undefined;
}

/** Own messages of which one stream's client knows fewer copies than there are replicas: it is told when there are more [A9], or when all that are up hold it [A10]. */
export class RisingCopies {
  readonly #options: RisingCopiesOptions;
  /** The oldest first. */
  readonly #watched = new Map<string, Told>();

  constructor(options: RisingCopiesOptions) {
    this.#options = options;
  }

  /** Watches a message; of several only the newest are, so that a replica which is away for long costs no memory without end. */
  watch(message: Told): void {
    this.#watched.delete(message.messageId);
    this.#watched.set(message.messageId, message);
    const [oldest] = this.#watched.keys();
    if (oldest !== undefined && this.#watched.size > MAX_WATCHED) this.#watched.delete(oldest);
  }

  /** Begins with those that the client names: it knows fewer copies than there may be. */
  ask(messageIds: readonly string[]): void {
    for (const messageId of messageIds) {
      const write = this.#options.creationOf(messageId);
      if (write) this.watch({ messageId, write, told: undefined });
    }
  }

  /** The client was told otherwise, by the answer to its call. */
  answered(messageId: string, copies: Copies): void {
    const held = this.#watched.get(messageId);
    if (isOnAll(copies)) this.#watched.delete(messageId);
    else if (held && hasRisen(copies, held.told)) this.#watched.set(messageId, { ...held, told: copies });
  }

  /** What has risen since the last time. Messages that all replicas hold are watched no more. */
  risen(): MessageCopies[] {
    const risen: MessageCopies[] = [];
    for (const { messageId, write, told } of this.#watched.values()) {
      const counted = this.#options.count(write);
      if (!isOnAll(counted) && !hasRisen(counted, told)) continue;
      const creation = this.#options.creationOf(messageId);
      const copies = creation && this.#options.count(creation);
      if (!copies) {
        this.#watched.delete(messageId);
        continue;
      }
      const isNews = hasRisen(copies, told);
      if (isOnAll(copies)) this.#watched.delete(messageId);
      else this.#watched.set(messageId, { messageId, write: creation, told: isNews ? copies : told });
      if (isNews) risen.push({ messageId, copies, origin: creation.origin, createdSeq: creation.seq });
    }
    return risen;
  }
}

function isOnAll({ stored, replicas }: Copies): boolean {
  return stored >= replicas;
}

/** There are more, or no fewer and no other replica is up, or left. */
function hasRisen(copies: Copies, told: Copies | undefined): boolean {
  if (!told || copies.stored > told.stored) return true;
  return copies.stored === told.stored && ((copies.onAllUp && !told.onAllUp) || (isOnAll(copies) && !isOnAll(told)));
}
