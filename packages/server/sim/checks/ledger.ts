import { ChangeKind } from '@parley/proto/replication';
import { canonicalUsername } from '../../src/chat/usernames.ts';
import type { LoggedChange } from '../../src/store/log.ts';

/** A write as people know it: a kind of change and its key, whichever change brings it. */
export type WriteKey = string;

export const writeKey = (kind: ChangeKind, key: string): WriteKey => `${kind}:${key}`;

/** Which disks hold what, and what was acknowledged. */
export class Ledger {
  /** Every disk that ever held a write, fsynced. */
  readonly #everHeld = new Map<WriteKey, Set<string>>();
  /** What each disk holds now. */
  readonly #held = new Map<string, Set<WriteKey>>();
  /** Every write that was ever acknowledged. */
  readonly acknowledged = new Set<WriteKey>();
  /** Acknowledged, and every disk that held it is gone. */
  readonly lost = new Set<WriteKey>();

  committed(disk: string, changes: readonly LoggedChange[], isFsynced: boolean): void {
    if (!isFsynced) return;
    const held = this.#held.get(disk) ?? new Set();
    this.#held.set(disk, held);
    for (const { header } of changes) {
      const key = writeKey(header.kind, header.key);
      held.add(key);
      this.#holds(disk, key);
    }
  }

  /** How many disks ever held it. */
  holders(key: WriteKey): number {
    return this.#everHeld.get(key)?.size ?? 0;
  }

  /** Did that disk ever hold it? */
  hasHeld(disk: string, key: WriteKey): boolean {
    return this.#everHeld.get(key)?.has(disk) ?? false;
  }

  isHeldBy(disk: string, key: WriteKey): boolean {
    return this.#held.get(disk)?.has(key) ?? false;
  }

  /** Does some disk hold it? */
  isHeld(key: WriteKey): boolean {
    for (const held of this.#held.values()) if (held.has(key)) return true;
    return false;
  }

  /** A disk holds this and nothing else from now on, and no write may have gone by it. */
  rewritten(disk: string, keys: Iterable<WriteKey>): void {
    this.#held.set(disk, new Set(keys));
  }

  /** A disk holds this and nothing else from now on: it burnt, was put back, or has a copy of another one. Returns how many acknowledged writes went with it. */
  reset(disk: string, keys: readonly WriteKey[]): number {
    this.#held.set(disk, new Set(keys));
    for (const key of keys) this.#holds(disk, key);
    const before = this.lost.size;
    for (const key of this.acknowledged) if (!this.isHeld(key)) this.lost.add(key);
    return this.lost.size - before;
  }

  #holds(disk: string, key: WriteKey): void {
    const ever = this.#everHeld.get(key) ?? new Set();
    this.#everHeld.set(key, ever.add(disk));
  }
}

type Requests = {
  readonly messageId?: string;
  readonly message?: { readonly senderId: string; readonly messageId: string };
  readonly editId?: string;
  readonly username?: string;
  readonly messages?: readonly { readonly senderId: string; readonly messageId: string }[];
  readonly forEveryone?: boolean;
  readonly replicaId?: string;
};

interface Claim {
  readonly key: WriteKey;
  /** Where nothing had to be written, the answer speaks of this. */
  readonly orElse?: WriteKey;
}

/** The writes that the answer to a call acknowledges. */
export function writesOf(method: string, request: Requests, me: string): Claim[] {
  switch (method) {
    case 'createAccount':
      return [{ key: writeKey(ChangeKind.CHANGE_KIND_USERNAME_CLAIMED, `${me}/${canonicalUsername(request.username ?? '')}`) }];
    case 'sendMessage':
      return [{ key: writeKey(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `${me}/${request.messageId}`) }];
    case 'editMessage':
      return [{ key: writeKey(ChangeKind.CHANGE_KIND_MESSAGE_EDITED, `${request.message?.senderId}/${request.message?.messageId}/${request.editId}`) }];
    case 'deleteMessages':
      return (request.messages ?? []).map(({ senderId, messageId }) => {
        const message = `${senderId}/${messageId}`;
        if (request.forEveryone) return { key: writeKey(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, message) };
        return { key: writeKey(ChangeKind.CHANGE_KIND_HIDDEN_SET, `${me}/${message}`), orElse: writeKey(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, message) };
      });
    case 'changePassword':
    case 'logOut':
      return [{ key: writeKey(ChangeKind.CHANGE_KIND_CREDENTIALS_SET, me) }];
    case 'remove':
      return [{ key: writeKey(ChangeKind.CHANGE_KIND_REPLICA_REMOVED, request.replicaId ?? '') }];
    default:
      return [];
  }
}
