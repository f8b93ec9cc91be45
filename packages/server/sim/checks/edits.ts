import { ChangeKind, MessageEdited } from '@parley/proto/replication';
import { isErased } from '../../src/store/change.ts';
import type { LoggedChange } from '../../src/store/log.ts';

/** A message as a replica shows it. */
interface Shown {
  readonly sender_id: string;
  readonly message_id: string;
  readonly text: string;
}

/**
 * Of every message that was edited the newest edit is shown [M3]: by revision, then by stamp, as the log has them, however they are merged. `lastText`: what the sender
 * edited last; undefined where that may have been lost. Undefined, or what is wrong.
 */
export function checkEdits(where: string, log: readonly LoggedChange[], shown: readonly Shown[], lastText: (key: string) => string | undefined): string | undefined {
  const newest = newestTexts(log);
  for (const { sender_id: sender, message_id: message, text } of shown) {
    const key = `${sender}/${message}`;
    const edited = newest.get(key);
    if (edited !== undefined && edited !== text) return `${where} shows ${text} for ${key}, not its newest edit ${edited}`;
    const last = lastText(key);
    if (last !== undefined && last !== text) return `${where} shows ${text} for ${key}, not what was edited last: ${last}`;
  }
  return undefined;
}

function newestTexts(log: readonly LoggedChange[]): Map<string, string> {
  const newest = new Map<string, { readonly rank: readonly number[]; readonly text: string }>();
  for (const { header, change } of log) {
    if (header.kind !== ChangeKind.CHANGE_KIND_MESSAGE_EDITED || isErased(change)) continue;
    const key = header.key.split('/').slice(0, 2).join('/');
    const { revision, text } = MessageEdited.decode(change.payload);
    const rank = [revision, header.hlc, header.origin, header.seq];
    if (isHigher(rank, newest.get(key)?.rank)) newest.set(key, { rank, text });
  }
  return new Map([...newest].map(([key, { text }]) => [key, text]));
}

function isHigher(rank: readonly number[], other: readonly number[] | undefined): boolean {
  const at = other ? rank.findIndex((value, i) => value !== other[i]) : 0;
  return !other || (at >= 0 && (rank[at] ?? 0) > (other[at] ?? 0));
}
