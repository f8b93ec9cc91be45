import type { Connection } from '@parley/client/api';

/** A shorter gap is not worth a word: it would only flicker. */
const PILL_AFTER_MS = 1_000;
/** By then a person who waits wants to know what becomes of their messages. */
const BAR_AFTER_MS = 3_000;
/** How long 'Back online' stays. */
const BACK_FOR_MS = 2_000;

export type Notice =
  | { readonly kind: 'none' }
  | { readonly kind: 'reconnecting' }
  | { readonly kind: 'unreachable'; readonly lastContactAt: number | undefined }
  | { readonly kind: 'back' };

/** What the page says about the connection at `now`; `backAt`: when the connection came back after a notice, if it did. */
export function noticeOf(connection: Connection, backAt: number | undefined, now: number): Notice {
  if (connection.status === 'reconnecting') {
    const outageMs = now - connection.since;
    if (outageMs >= BAR_AFTER_MS) return { kind: 'unreachable', lastContactAt: connection.lastContactAt };
    return outageMs >= PILL_AFTER_MS ? { kind: 'reconnecting' } : { kind: 'none' };
  }
  const fresh = connection.status === 'live' && backAt !== undefined && now < backAt + BACK_FOR_MS;
  return fresh ? { kind: 'back' } : { kind: 'none' };
}

/** When what `noticeOf` says may change by time alone: all such moments, past ones too. */
export function noticeChangesAt(connection: Connection, backAt: number | undefined): readonly number[] {
  if (connection.status === 'reconnecting') return [connection.since + PILL_AFTER_MS, connection.since + BAR_AFTER_MS];
  return backAt === undefined ? [] : [backAt + BACK_FOR_MS];
}
