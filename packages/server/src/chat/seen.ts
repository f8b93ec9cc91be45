import { Refusal } from '../errors.ts';
import { VersionVector } from '../stamp/version-vector.ts';
import { CATCH_UP_MS } from './limits.ts';
import type { ChatParts } from './parts.ts';

/** What this replica makes of the `seen` of a request. */
export interface Seen {
  /** It lacks something that the client has seen and could not get it in time. */
  readonly behind: boolean;
  /** The reply's cursor: covers the request's and all that this replica has. Made when the reply is. */
  readonly cursor: () => Uint8Array;
  /** A refusal for something that is not here: it may be on another server when this one is behind. */
  readonly missing: (refusal: Refusal) => Refusal;
}

/**
 * Nothing is seen to go back [N2]: lifts the clock to what the client has seen, and where a reachable peer has what is
 * lacking here, waits for it. What no member has any more is left out of the reply's cursor, and nobody is behind for lacking it [N3].
 */
export async function cover(parts: ChatParts, seen: readonly Uint8Array[]): Promise<Seen> {
  const { store, cursors, replication, time } = parts;
  const { vector, hlc } = cursors.readAll('seen', seen);
  noticeOwnOrigin(parts, vector);
  store.observe(hlc);
  const askedAt = time.monotonicMs();
  const isReached = await replication.catchUp.reach([...vector], CATCH_UP_MS);
  // What is gone with a disk, or was cut from a branch, never comes: a client that is told of it with each reply could never be served well again.
  const entries = isReached ? [...vector] : [...vector].filter((entry) => store.covers(entry) !== 'forked' && !replication.catchUp.isLost(entry, askedAt));
  const behind = !store.vector.reaches(entries);
  return {
    behind,
    cursor: () => {
      if (store.vector.reaches(entries)) return cursors.head();
      const both = new VersionVector(store.vector);
      both.raise(entries);
      return cursors.make(both, Math.max(hlc, store.hlc));
    },
    missing: (refusal) => (behind ? new Refusal('NOT_HERE', 'This server does not have that yet. Use another server, or try again.') : refusal),
  };
}

/** A cursor may know more of this process's origin than the process does. */
export function noticeOwnOrigin({ store, log }: ChatParts, vector: VersionVector): void {
  if (store.heedOwnOrigin(vector)) log.warn('a cursor knows more of this origin than this process: it draws a new one');
}
