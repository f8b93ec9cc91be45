import type { MessageCopies } from '@parley/proto/chat';
import type { Copies } from '../replication/copies.ts';
import { MAX_WATCHED } from './limits.ts';

/** The change that created a message. */
export interface Creation {
  readonly origin: number;
  readonly seq: number;
}

/** A message of which a client knows `told` copies. */
export interface Told {
  readonly messageId: string;
  readonly write: Creation;
  readonly told: number;
}

export interface RisingCopiesOptions {
  readonly count: (write: Creation) => Copies;
  /** The creation of one of the account's messages as it is now: a mended fork writes it again. Undefined: it is not here, or was deleted. */
  readonly creationOf: (messageId: string) => Creation | undefined;
}

/** Own messages of which one stream's client knows fewer copies than there are replicas: it is told when there are more [A9]. */
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
      if (write) this.watch({ messageId, write, told: 0 });
    }
  }

  /** The client was told otherwise, by the answer to its call. */
  answered(messageId: string, { stored, replicas }: Copies): void {
    const held = this.#watched.get(messageId);
    if (stored >= replicas) this.#watched.delete(messageId);
    else if (held && stored > held.told) this.#watched.set(messageId, { ...held, told: stored });
  }

  /** What has risen since the last time. Messages that all replicas hold are watched no more. */
  risen(): MessageCopies[] {
    const risen: MessageCopies[] = [];
    for (const { messageId, write, told } of this.#watched.values()) {
      if (!isNews(this.#options.count(write), told)) continue;
      const creation = this.#options.creationOf(messageId);
      const copies = creation && this.#options.count(creation);
      if (!copies || copies.stored >= copies.replicas) this.#watched.delete(messageId);
      else this.#watched.set(messageId, { messageId, write: creation, told: Math.max(told, copies.stored) });
      const isNew = copies && (copies.stored > told || (copies.stored === told && copies.stored >= copies.replicas));
      if (isNew) risen.push({ messageId, copies });
    }
    return risen;
  }
}

/** There are more, or all that are left hold it since a replica was removed. */
function isNews({ stored, replicas }: Copies, told: number): boolean {
  return stored > told || stored >= replicas;
}
