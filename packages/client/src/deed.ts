import type { MessageKey } from './api.ts';
import { isObject } from './storage.ts';

export type DeletionKind = 'for-me' | 'undo' | 'for-everyone';

/** Something that a person did and a server has to be told, as it is kept in storage. Telling it twice changes nothing. */
export type Deed =
  | { readonly id: string; readonly kind: 'delete'; readonly messages: readonly MessageKey[]; readonly how: DeletionKind }
  /** `resume`: up to where the stream had brought everything, in hexadecimal. */
  | { readonly id: string; readonly kind: 'read'; readonly conversationId: string; readonly resume: string }
  /** `id` is the edit's own. `revision`: one more than that of the text which was changed. `at`: when, milliseconds since 1970-01-01 UTC. */
  | { readonly id: string; readonly kind: 'edit'; readonly conversationId: string; readonly messageId: string; readonly text: string; readonly revision: number; readonly at: number };

export function formatDeeds(deeds: readonly Deed[]): string | undefined {
  return deeds.length > 0 ? JSON.stringify(deeds) : undefined;
}

/** What is not a deed (another version's, say) is left out. */
export function parseDeeds(text: string | undefined): Deed[] {
  if (text === undefined) return [];
  try {
    const values: unknown = JSON.parse(text);
    return Array.isArray(values) ? values.flatMap(parseDeed) : [];
  } catch {
    return [];
  }
}

function parseDeed(value: unknown): Deed[] {
  if (!isObject(value) || typeof value['id'] !== 'string') return [];
  const { id, kind, messages, how, conversationId, resume, messageId, text, revision, at } = value;
  if (kind === 'read' && typeof conversationId === 'string' && typeof resume === 'string') return [{ id, kind, conversationId, resume }];
  if (kind === 'edit' && typeof conversationId === 'string' && typeof messageId === 'string' && typeof text === 'string' && typeof revision === 'number' && typeof at === 'number') {
    return [{ id, kind, conversationId, messageId, text, revision, at }];
  }
  if (kind !== 'delete' || !Array.isArray(messages) || (how !== 'for-me' && how !== 'undo' && how !== 'for-everyone')) return [];
  return [{ id, kind, how, messages: messages.flatMap(parseMessageKey) }];
}

/** One or none. */
export function parseMessageKey(value: unknown): MessageKey[] {
  if (!isObject(value)) return [];
  const { senderId, messageId } = value;
  return typeof senderId === 'string' && typeof messageId === 'string' ? [{ senderId, messageId }] : [];
}
