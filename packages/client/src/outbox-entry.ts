import type { Delivery, MessageKey } from './api.ts';
import { parseMessageKey } from './deed.ts';
import { isObject } from './storage.ts';

/** A message on its way out, as it is kept in storage. */
export interface OutboxEntry {
  readonly messageId: string;
  readonly conversationId: string;
  /** The other account of a direct conversation: the message may be the first in it. Undefined where it is not known. */
  readonly recipientId: string | undefined;
  readonly text: string;
  /** The message that it answers. */
  readonly replyTo?: MessageKey | undefined;
  /** When it was sent: milliseconds since 1970-01-01 UTC. */
  readonly since: number;
  /** Ids of the replicas that have acknowledged it. */
  readonly storedOn: readonly string[];
  /** The most copies that a server told of, and the number of servers then; 0 before the first. */
  readonly stored: number;
  readonly replicas: number;
  /** Refused for good, with a reason for people. */
  readonly failure: string | undefined;
  /** The reason of that refusal for programs: `MESSAGE_ID_USED`. */
  readonly failureCode: string | undefined;
}

/** That replica has it, and told of so many copies. */
export function acknowledged(entry: OutboxEntry, replicaId: string, copies: { readonly stored: number; readonly replicas: number }): OutboxEntry {
  const storedOn = entry.storedOn.includes(replicaId) ? entry.storedOn : [...entry.storedOn, replicaId];
  const stored = Math.max(entry.stored, copies.stored, storedOn.length);
  // Whoever tells of fewer copies than are known may not count all who have it: one that was removed since is no copy of a cluster that became smaller.
  const atLeast = copies.stored < stored ? Math.max(stored, entry.replicas) : stored;
  return { ...entry, storedOn, stored, replicas: Math.max(copies.replicas, atLeast) };
}

/** Two replicas have it, or all of a cluster of one: the loss of any one disk leaves it, so it needs this client no more. */
export function isDone(entry: OutboxEntry): boolean {
  return entry.stored >= 2 || (entry.stored === 1 && entry.replicas === 1);
}

/** No server has it. */
export function isUnsent(entry: OutboxEntry): boolean {
  return entry.stored === 0 && entry.failure === undefined;
}

/** One server has it, and another one should. */
export function wantsCopy(entry: OutboxEntry): boolean {
  return entry.stored > 0 && !isDone(entry);
}

export function deliveryOf(entry: OutboxEntry): Delivery {
  if (entry.failure !== undefined) return { status: 'failed', reason: entry.failure, code: entry.failureCode ?? '' };
  if (entry.stored > 0) return { status: 'stored', stored: entry.stored, replicas: entry.replicas, onAllUp: entry.stored >= entry.replicas };
  return { status: 'sending', since: entry.since };
}

export function formatEntries(entries: readonly OutboxEntry[]): string | undefined {
  return entries.length > 0 ? JSON.stringify(entries) : undefined;
}

/** What is not an entry (another version's, say) is left out. */
export function parseEntries(text: string | undefined): OutboxEntry[] {
  if (text === undefined) return [];
  try {
    const values: unknown = JSON.parse(text);
    return Array.isArray(values) ? values.flatMap(parseEntry) : [];
  } catch {
    return [];
  }
}

function parseEntry(value: unknown): OutboxEntry[] {
  if (!isObject(value)) return [];
  const { messageId, conversationId, recipientId, text, replyTo, since, storedOn, stored, replicas, failure, failureCode } = value;
  const whole = typeof messageId === 'string' && typeof conversationId === 'string' && typeof text === 'string'
    && typeof since === 'number' && Array.isArray(storedOn) && typeof stored === 'number' && typeof replicas === 'number';
  if (!whole) return [];
  return [{
    messageId, conversationId, text, since, stored, replicas,
    storedOn: storedOn.filter((replicaId) => typeof replicaId === 'string'),
    replyTo: parseMessageKey(replyTo)[0],
    recipientId: typeof recipientId === 'string' ? recipientId : undefined,
    failure: typeof failure === 'string' ? failure : undefined,
    failureCode: typeof failureCode === 'string' ? failureCode : undefined,
  }];
}
