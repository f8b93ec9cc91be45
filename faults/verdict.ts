import type { MessageKey, Place } from './history.ts';

/** A message as a replica's file has it. */
export interface StoredMessage extends Partial<Place> {
  readonly key: MessageKey;
  readonly conversation: string;
  readonly text: string;
  readonly deleted: boolean;
}

/** What a replica's file holds after the run. */
export interface FinalReplica {
  readonly name: string;
  readonly messages: readonly StoredMessage[];
  /** Usernames of the accounts that are not deleted. */
  readonly usernames: readonly string[];
  /** `account message` of what accounts hid for themselves. */
  readonly hidden: ReadonlySet<string>;
}

/** A promise that was broken. */
export interface Violation {
  readonly what: 'lost' | 'duplicate' | 'revived' | 'phantom' | 'reordered' | 'answer before question' | 'went back' | 'wrong copies' | 'wrong view' | 'lost account' | 'lost deletion';
  readonly detail: string;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  /** Writes by outcome, of all kinds. */
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  /** Of the unknown ones: sent messages that are there at the end. */
  readonly unknownButStored: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly reads: number;
  readonly behindReads: number;
  /** Pages that were compared with what their reader had seen before. */
  readonly comparedReads: number;
  /** Acknowledged messages that a page, asked for after the acknowledgement and reaching to their place, lacked: allowed, as replicas lag. */
  readonly stale: number;
  /** Acknowledged messages that no page and no stream ever showed to anybody but in the reply to the sender. */
  readonly neverRead: number;
}
