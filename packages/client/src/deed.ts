import { isObject } from './storage.ts';

export type DeletionKind = 'for-me' | 'undo' | 'for-everyone';

export interface MessageId {
  readonly senderId: string;
  readonly messageId: string;
}

/** Something that a person did and a server has to be told, as it is kept in storage. Telling it twice changes nothing. */
export type Deed =
  | { readonly id: string; readonly kind: 'delete'; readonly messages: readonly MessageId[]; readonly how: DeletionKind }
  /** `resume`: up to where the stream had brought everything, in hexadecimal. */
  | { readonly id: string; readonly kind: 'read'; readonly conversationId: string; readonly resume: string };

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
  const { id, kind, messages, how, conversationId, resume } = value;
  if (kind === 'read' && typeof conversationId === 'string' && typeof resume === 'string') return [{ id, kind, conversationId, resume }];
  if (kind !== 'delete' || !Array.isArray(messages) || (how !== 'for-me' && how !== 'undo' && how !== 'for-everyone')) return [];
  return [{ id, kind, how, messages: messages.flatMap(parseMessageId) }];
}

function parseMessageId(value: unknown): MessageId[] {
  if (!isObject(value)) return [];
  const { senderId, messageId } = value;
  return typeof senderId === 'string' && typeof messageId === 'string' ? [{ senderId, messageId }] : [];
}
