import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from '@parley/sqlite';
import { markerOf, markersIn } from './marker.ts';
import type { MessageKey } from './history.ts';
import type { FinalReplica, StoredMessage } from './verdict.ts';

/** `state` of a message that was deleted for everyone. */
const DELETED_STATE = 2;

interface MessageRow {
  readonly sender: string;
  readonly id: string;
  readonly conversation: string;
  readonly text: string;
  readonly state: number;
  readonly hlc: number | null;
  readonly origin: number | null;
}

/** What a replica's file holds, running or not. */
export function readReplica(name: string, dbFile: string): FinalReplica {
  const db = new Database(dbFile, { readonly: true, fileMustExist: true });
  try {
    const messages = db.prepare<[], MessageRow>('SELECT sender_id AS sender, message_id AS id, conversation_id AS conversation, text, state, created_hlc AS hlc, created_origin AS origin FROM messages').all();
    const names = db.prepare<[], { username: string }>('SELECT username FROM usernames JOIN accounts USING (account_id) WHERE deleted = 0').all();
    const hidden = db.prepare<[], { account: string; sender: string; id: string }>('SELECT account_id AS account, sender_id AS sender, message_id AS id FROM hidden WHERE hidden = 1').all();
    return {
      name,
      messages: messages.map(storedMessage),
      usernames: names.map(({ username }) => username),
      hidden: new Set(hidden.map(({ account, sender, id }) => `${account} ${sender}/${id}`)),
    };
  } finally {
    db.close();
  }
}

/** What SQLite finds wrong with a file; empty when it is sound. */
export function findCorruption(dbFile: string): string {
  const db = new Database(dbFile, { readonly: true, fileMustExist: true });
  try {
    const found = String(db.pragma('integrity_check', { simple: true }));
    return found === 'ok' ? '' : found;
  } finally {
    db.close();
  }
}

/** Deleted messages whose text is still in one of the files of a replica: database, write-ahead log, or others beside them. */
export function findDeletedTexts(dbFile: string, deleted: ReadonlyMap<string, MessageKey>): { readonly file: string; readonly key: MessageKey }[] {
  const dir = dirname(dbFile);
  const files = readdirSync(dir).filter((file) => file.startsWith(basename(dbFile)));
  return files.flatMap((file) => [...markersIn(readFileSync(join(dir, file)))].flatMap((marker) => (deleted.has(marker) ? [{ file, key: deleted.get(marker) ?? '' }] : [])));
}

/** Marker → message, of the texts of these messages. */
export function markersOf(texts: Iterable<readonly [MessageKey, string]>): Map<string, MessageKey> {
  return new Map([...texts].map(([key, text]) => [markerOf(text), key]));
}

function storedMessage({ sender, id, conversation, text, state, hlc, origin }: MessageRow): StoredMessage {
  return { key: `${sender}/${id}`, conversation, text, deleted: state === DELETED_STATE, ...(hlc !== null && origin !== null && { hlc, origin }) };
}
