import type { Copies } from '@parley/proto/chat';
import type { Delivery } from './api.ts';
import type { Creation, Ticks } from './ticks.ts';

type Stored = Delivery & { readonly status: 'stored' };

export interface DeliveriesOptions {
  readonly ticks: Pick<Ticks, 'add' | 'covers'>;
  /** The names of the servers with these first characters of their ids; undefined: not all of them are known. */
  readonly namesOf: (holders: readonly string[]) => readonly string[] | undefined;
}

/** How far the account's own messages have come, as far as it is known, by message id. It only rises [A9]. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #known = new Map<string, Delivery>();
  /** The names that were found last: nearly all messages are on the same servers, and share one list. */
  #names: readonly string[] = [];

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  get(messageId: string): Delivery | undefined {
    return this.#known.get(messageId);
  }

  /** What this client knows by itself of a message that it sends. */
  put(messageId: string, delivery: Delivery): void {
    this.#known.set(messageId, mergeDelivery(this.#known.get(messageId), delivery));
  }

  /**
   * A server's word on a message; `creation`: where it stands, if it is here; `counted`: the creation whose copies these are, where the server says so. A message
   * that was sent to two servers was created twice, and what holds one of the two need not hold what came before the other. False: that is nothing new. Of a message
   * that no server has answered for yet the answer tells.
   */
  told(messageId: string, copies: Copies, creation: Creation | undefined, counted: Creation | undefined): boolean {
    const held = this.#known.get(messageId);
    if (held?.status === 'sending') return false;
    const delivery = mergeDelivery(held, this.#read(copies, creation, counted));
    this.#known.set(messageId, delivery);
    return delivery !== held;
  }

  /** Ids of messages that fewer than all replicas were told to hold, the newest last, at most so many. */
  rising(most: number): string[] {
    const rising = [...this.#known].filter(([, delivery]) => delivery.status === 'stored' && (delivery.stored < delivery.replicas || !delivery.onAllUp));
    return rising.slice(-most).map(([messageId]) => messageId);
  }

  delete(messageId: string): void {
    this.#known.delete(messageId);
  }

  clear(): void {
    this.#known.clear();
  }

  #read({ stored, replicas, onAllUp, holders }: Copies, creation: Creation | undefined, counted: Creation | undefined): Stored {
    const { ticks } = this.#options;
    // Of a server that does not say whether all that are up hold it this much is known.
    const isOnAllUp = onAllUp || stored >= replicas;
    if (isOnAllUp && counted) ticks.add(counted);
    if (!isOnAllUp && creation && ticks.covers(creation)) return { status: 'stored', stored, replicas, onAllUp: true, servers: undefined };
    return { status: 'stored', stored, replicas, onAllUp: isOnAllUp, servers: holders.length === stored ? this.#namesOf(holders) : undefined };
  }

  #namesOf(holders: readonly string[]): readonly string[] | undefined {
    const names = this.#options.namesOf(holders);
    if (names && !(names.length === this.#names.length && names.every((name, index) => name === this.#names[index]))) this.#names = names;
    return names && this.#names;
  }
}

/**
 * It only rises, but for `failed`, which is final: what all servers held, or all that were up, stays so, also when a further server joins or one comes back.
 * Returns `held` itself where nothing is new.
 */
export function mergeDelivery(held: Delivery | undefined, word: Delivery): Delivery {
  if (!held || held.status === 'sending') return word;
  if (held.status === 'failed' || word.status !== 'stored') return held;
  const isOnAll = held.stored >= held.replicas;
  const isLess = isOnAll && !(word.stored > held.stored && word.stored >= word.replicas);
  const stored = isLess ? held.stored : Math.max(held.stored, word.stored);
  const merged: Stored = {
    status: 'stored',
    stored,
    replicas: isLess ? held.replicas : word.stored < held.stored ? Math.max(held.replicas, word.replicas) : Math.max(word.replicas, stored),
    onAllUp: held.onAllUp || word.onAllUp,
    servers: serversOf(held, word),
  };
  const isSame = merged.stored === held.stored && merged.replicas === held.replicas && merged.onAllUp === held.onAllUp && merged.servers === held.servers;
  return isSame ? held : merged;
}

/** The servers of the word that told of more: with a tick those that were all that were up. */
function serversOf(held: Stored, word: Stored): readonly string[] | undefined {
  if (word.stored < held.stored || (held.onAllUp && !word.onAllUp)) return held.servers;
  if (word.stored > held.stored || (word.onAllUp && !held.onAllUp)) return word.servers;
  return held.servers ?? word.servers;
}
