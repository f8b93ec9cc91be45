import { ChangeKind } from '@parley/proto/replication';
import type { Logger } from 'pino';
import type { Time } from '../stamp/clock.ts';
import type { Store } from '../store/store.ts';
import type { Connect } from './link.ts';
import { Peer } from './peer.ts';
import type { Pusher } from './push.ts';

export interface MembershipOptions {
  readonly store: Store;
  readonly time: Time;
  readonly log: Logger;
  readonly connect: Connect;
  /** This replica: no peer of its own. */
  readonly ownId: string;
  readonly ackTimeoutMs: number | undefined;
  /** Begins to push to a peer that is a member now. */
  readonly push: (peer: Peer) => Pusher;
  /** Members came, went or moved. */
  readonly changed: () => void;
}

const ABOUT_MEMBERS: ReadonlySet<ChangeKind> = new Set([ChangeKind.CHANGE_KIND_REPLICA_REGISTERED, ChangeKind.CHANGE_KIND_REPLICA_REMOVED]);

/**
 * The peers that there are: the members of the cluster, and whoever else has called or was greeted. One that was removed is such
 * another one: its changes are pulled while it answers.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #pushers = new Map<string, Pusher>();
  #isOpen = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    options.store.onCommit((changes) => {
      if (this.#isOpen && changes.some(({ header }) => ABOUT_MEMBERS.has(header.kind))) this.#follow();
    });
  }

  /** Begins to push to the members. */
  open(): void {
    this.#isOpen = true;
    this.#follow();
  }

  close(): void {
    this.#isOpen = false;
    for (const pusher of this.#pushers.values()) pusher.close();
    for (const peer of this.#peers.values()) peer.link.close();
  }

  /** All peers, members or not. */
  peers(): Iterable<Peer> {
    return this.#peers.values();
  }

  *members(): Generator<Peer> {
    for (const peer of this.#peers.values()) if (peer.member) yield peer;
  }

  get(replicaId: string): Peer | undefined {
    return this.#peers.get(replicaId);
  }

  /** A peer that is not known as a member, or not yet. */
  add(replicaId: string, address: string): Peer {
    const { connect, time, ackTimeoutMs } = this.#options;
    const peer = new Peer(replicaId, address, connect(address), time, ackTimeoutMs);
    peer.name = address;
    this.#peers.set(replicaId, peer);
    return peer;
  }

  /**
   * It calls, and says that it is reached at another address than the one where this replica fails to reach it: that it is registered there may be what this
   * replica cannot take yet.
   */
  follow(peer: Peer, address: string): void {
    const { connect, log } = this.#options;
    log.info({ peer: peer.name, from: peer.address, to: address }, 'peer is called where it says that it is');
    peer.moveTo(address, connect(address));
  }

  /** There may be something to send to the members. */
  wake(): void {
    for (const pusher of this.#pushers.values()) pusher.wake();
  }

  /** Tells one member, or all, this replica's vector now, not with the next heartbeat; their answers tell theirs. */
  reportNow(peer?: Peer): void {
    if (peer) this.#pushers.get(peer.replicaId)?.reportNow();
    else for (const pusher of this.#pushers.values()) pusher.reportNow();
  }

  #follow(): void {
    const { store, log, ownId, push, changed } = this.#options;
    const rows = store.queries.replicas.members().filter((row) => row.replicaId !== ownId);
    const ids = new Set(rows.map((row) => row.replicaId));
    for (const [replicaId, peer] of this.#peers) {
      if (!peer.member || ids.has(replicaId)) continue;
      if (store.queries.replicas.removal(replicaId)) this.#dismiss(peer);
      else this.#drop(peer);
    }
    for (const row of rows) {
      const known = this.#peers.get(row.replicaId);
      if (known && known.address !== row.address) this.#drop(known);
      const peer = this.#peers.get(row.replicaId) ?? this.add(row.replicaId, row.address);
      peer.name = row.name;
      peer.publicUrl = row.publicUrl;
      if (peer.member) continue;
      peer.member = true;
      log.info({ peer: row.name, address: row.address }, 'peer is a member');
      this.#pushers.set(row.replicaId, push(peer));
    }
    changed();
  }

  /** It was removed: not waited for, not counted, and not given our changes by us. */
  #dismiss(peer: Peer): void {
    this.#options.log.warn({ peer: peer.name, address: peer.address }, 'peer was removed from the cluster');
    peer.member = false;
    peer.leave();
    this.#stopPushing(peer);
  }

  /** Nothing answers under this id at its address any more. */
  #drop(peer: Peer): void {
    this.#stopPushing(peer);
    this.#peers.delete(peer.replicaId);
    peer.link.close();
  }

  #stopPushing(peer: Peer): void {
    this.#pushers.get(peer.replicaId)?.close();
    this.#pushers.delete(peer.replicaId);
  }
}
