import { type ChangeHeader, ChangeKind, ReplicaRegistered } from '@parley/proto/replication';
import { compareStamps, type Stamp } from '../../src/stamp/stamp.ts';
import type { LoggedChange } from '../../src/store/log.ts';
import type { Running } from '../machine.ts';
import { logOf } from './convergence.ts';

interface Registration extends Stamp {
  readonly address: string;
}

/**
 * Who is a member, by the log of one replica: told from its changes, not from its tables. Those that were removed are neither
 * counted nor waited for nor offered to people [D1], and of those at one address the latest alone is [D2].
 */
export class Members {
  readonly #registered = new Map<string, Registration>();
  readonly #removed = new Map<string, Stamp>();
  readonly #running: Running;
  readonly #nowMs: () => number;
  /** The others, until the log says otherwise. */
  #known: { readonly own: string | undefined; readonly others: string[] } | undefined;
  /** Its id, from when it serves: that in its file may be the one that it takes when it is opened anew. */
  #servesAs: string | undefined;
  /** How many replicas there were, this one included, and since when. */
  #counts: { readonly atMs: number; readonly replicas: number }[] = [];

  constructor(running: Running, nowMs: () => number) {
    this.#running = running;
    this.#nowMs = nowMs;
    this.committed(logOf(running.store));
  }

  committed(changes: readonly LoggedChange[]): void {
    let isOfMembers = false;
    for (const { header, change } of changes) {
      if (header.kind === ChangeKind.CHANGE_KIND_REPLICA_REGISTERED) this.#registered.set(header.key, latest(this.#registered.get(header.key), { ...stampOf(header), address: ReplicaRegistered.decode(change.payload).address }));
      else if (header.kind === ChangeKind.CHANGE_KIND_REPLICA_REMOVED) this.#removed.set(header.key, latest(this.#removed.get(header.key), stampOf(header)));
      else continue;
      isOfMembers = true;
    }
    if (isOfMembers) this.#known = undefined;
    if (isOfMembers || this.#counts.length === 0) this.#counts.push({ atMs: this.#nowMs(), replicas: 1 + this.#others().length });
  }

  /** A branch was cut: the log is another one. */
  readAll(): void {
    this.#registered.clear();
    this.#removed.clear();
    this.#known = undefined;
    this.committed(logOf(this.#running.store));
  }

  /** The members' ids, in order. */
  ids(): string[] {
    const all = [...this.#registered];
    const isOut = (id: string, own: Stamp) => {
      const removed = this.#removed.get(id);
      return removed !== undefined && compareStamps(removed, own) > 0;
    };
    const isFollowed = (own: Registration) => all.some(([, other]) => other.address === own.address && compareStamps(other, own) > 0);
    return all.filter(([id, own]) => !isOut(id, own) && !isFollowed(own)).map(([id]) => id).sort();
  }

  /** Are those that the replica counts and waits for its members? Undefined, or what is wrong. */
  checkPeers(): string | undefined {
    const { name, replica } = this.#running;
    const counted = replica.members().map(({ peer }) => peer.replicaId).sort();
    const others = this.#others();
    return counted.join() === others.join() ? undefined : `${name} counts and waits for ${counted.join() || 'nobody'}; its members are ${others.join() || 'nobody'}`;
  }

  /** Was that the number of replicas at some time since the answer was asked for? Undefined, or what is wrong. */
  checkCount(replicas: number, askedAtMs: number): string | undefined {
    const from = this.#counts.findLastIndex(({ atMs }) => atMs <= askedAtMs);
    const possible = this.#counts.slice(Math.max(0, from)).map((count) => count.replicas);
    return possible.includes(replicas) ? undefined : `${this.#running.name} says that there are ${replicas} replicas; it had ${possible.join(' or ')}`;
  }

  /** Members but this replica itself. */
  #others(): string[] {
    const { store, replica } = this.#running;
    const own = this.#servesAs ?? store.getLocal('replica_id');
    if (replica.serving) this.#servesAs = own;
    if (!this.#known || this.#known.own !== own) this.#known = { own, others: this.ids().filter((id) => id !== own) };
    return this.#known.others;
  }
}

function stampOf({ hlc, origin, seq }: ChangeHeader): Stamp {
  return { hlc, origin, seq };
}

function latest<T extends Stamp>(known: T | undefined, other: T): T {
  return known && compareStamps(known, other) > 0 ? known : other;
}
