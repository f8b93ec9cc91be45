import type { Account, Message, MessageEdit, Position, Receipt } from '@parley/proto/chat';
import type { AccountView, MessageKey } from './api.ts';

/** A message as the client holds it. Rows are replaced, never changed. */
export interface MessageRow {
  readonly conversationId: string;
  readonly senderId: string;
  readonly messageId: string;
  readonly text: string;
  readonly position: Position;
  /** The number of the creation at that place in its origin: what marks count by. */
  readonly createdSeq: number;
  /** As far as servers have told with the message. */
  readonly receipt: Receipt;
  readonly sentAt: number;
  readonly deleted: boolean;
  readonly unread: boolean;
  readonly hidden: boolean;
  /** The newest edit of its text that is known. */
  readonly edit?: RowEdit | undefined;
  /** The message that it answers. */
  readonly replyTo?: MessageKey | undefined;
}

/** An edit, and its order among those of a message: by revision, then by stamp. */
export interface RowEdit {
  readonly at: number;
  readonly revision: number;
  readonly stamp: Position;
}

/**
 * How much a server's word counts: `current` has all that this client was shown; `behind` may lack some, so nothing is
 * taken back because of it.
 */
export type Word = 'current' | 'behind';

const NOWHERE: Position = { hlc: 0, origin: 0 };

/** The key of a message: senders make ids, each for itself. */
export function messageKey(message: { readonly senderId: string; readonly messageId: string }): string {
  return `${message.senderId}/${message.messageId}`;
}

/** Negative: `a` stands above (before) `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.hlc - b.hlc || a.origin - b.origin;
}

/**
 * What is known of a message after one more word of it. States only rise: deleted stays deleted, read stays read, and of
 * two places the earlier one counts. Returns `held` itself where nothing is new.
 */
export function mergeMessage(held: MessageRow | undefined, word: Message, standing: Word): MessageRow {
  const position = word.position ?? NOWHERE;
  if (!held) return rowOf(word, position);
  const deleted = held.deleted || word.deleted;
  const earlier = comparePositions(position, held.position) < 0;
  const edit = newerEdit(held.edit, word.edit);
  const merged: MessageRow = {
    ...held,
    text: deleted ? '' : edit === held.edit ? held.text : word.text,
    edit: deleted ? undefined : edit,
    replyTo: deleted ? undefined : held.replyTo ?? keyOf(word.replyTo),
    position: earlier ? position : held.position,
    createdSeq: earlier ? word.createdSeq : held.createdSeq,
    receipt: word.receipt > held.receipt ? word.receipt : held.receipt,
    sentAt: earlier ? word.sentAtMs : held.sentAt,
    deleted,
    unread: held.unread && word.unread,
    hidden: standing === 'behind' ? held.hidden || word.hidden : word.hidden,
  };
  return sameMessage(held, merged) ? held : merged;
}

function rowOf(word: Message, position: Position): MessageRow {
  return {
    conversationId: word.conversationId,
    senderId: word.senderId,
    messageId: word.messageId,
    text: word.deleted ? '' : word.text,
    position: { hlc: position.hlc, origin: position.origin },
    createdSeq: word.createdSeq,
    receipt: word.receipt,
    sentAt: word.sentAtMs,
    deleted: word.deleted,
    unread: word.unread,
    hidden: word.hidden,
    edit: word.deleted ? undefined : newerEdit(undefined, word.edit),
    replyTo: word.deleted ? undefined : keyOf(word.replyTo),
  };
}

/** Edits only go on: a server that lacks the newest one takes nothing back. Returns `held` itself where the word has no newer one. */
function newerEdit(held: RowEdit | undefined, word: MessageEdit | undefined): RowEdit | undefined {
  if (!word) return held;
  const stamp = { hlc: word.stamp?.hlc ?? 0, origin: word.stamp?.origin ?? 0 };
  if (held && (word.revision - held.revision || comparePositions(stamp, held.stamp)) <= 0) return held;
  return { at: word.editedAtMs, revision: word.revision, stamp };
}

function keyOf(key: MessageKey | undefined): MessageKey | undefined {
  return key && { senderId: key.senderId, messageId: key.messageId };
}

function sameMessage(a: MessageRow, b: MessageRow): boolean {
  return a.position === b.position && a.receipt === b.receipt && a.deleted === b.deleted && a.unread === b.unread && a.hidden === b.hidden && a.edit === b.edit && a.replyTo === b.replyTo;
}

/** Deleted beats all; else the later word. */
export function mergeAccount(held: AccountView | undefined, word: Account): AccountView {
  const deleted = word.deleted || (held?.deleted ?? false);
  const merged = { accountId: word.accountId, username: deleted ? '' : word.username, deleted };
  return held && held.username === merged.username && held.deleted === merged.deleted ? held : merged;
}
