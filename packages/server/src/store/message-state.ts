import type { Stamp } from '../stamp/stamp.ts';
import type { Doomed } from './rule.ts';

/** States of a message's content; the higher one wins. */
export const MESSAGE_CREATED_STATE = 0;
export const MESSAGE_EDITED_STATE = 1;
export const MESSAGE_DELETED_STATE = 2;

/** What the rules look at of a message's row. */
export interface MessageMergeRow {
  conversation_id: string;
  state: number;
  sent_at_ms: number;
  /** Null: no creation has come yet. */
  created_hlc: number | null;
  created_origin: number;
  created_seq: number;
}

/** Where and when a message was. */
export interface MessageFacts {
  readonly conversationId: string;
  readonly sentAtMs: number;
}

/** What the rules for creations, edits and deletions share. */
export interface MessageMerge {
  readonly find: (senderId: string, messageId: string) => MessageMergeRow | undefined;
  /** Merges a deletion of that stamp. */
  readonly remove: (senderId: string, messageId: string, row: MessageMergeRow | undefined, what: MessageFacts, stamp: Stamp) => Doomed;
}

/** The content's stamp where only an erased creation or edit tells that the message is deleted: any deletion's is higher. */
export const NO_STAMP: Stamp = { hlc: 0, origin: 0, seq: 0 };
