import { ChangeKind } from '@parley/proto/replication';
import type { Connection } from '../../src/store/database.ts';
import { hash32 } from '../chance.ts';

/** Rows that change together, by the key of the changes that touch them. */
interface Group {
  readonly kinds: readonly ChangeKind[];
  /** All keys of the group; `key` is their one column. */
  readonly keys: string;
  /** Rows of one key, local columns left out; `:key` is the key. */
  readonly rows: readonly string[];
  readonly keyOf: (parts: readonly string[]) => string;
}

const GROUPS: readonly Group[] = [
  {
    kinds: [ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, ChangeKind.CHANGE_KIND_USERNAME_CLAIMED, ChangeKind.CHANGE_KIND_CREDENTIALS_SET],
    keys: 'SELECT account_id AS key FROM accounts UNION SELECT account_id FROM usernames UNION SELECT account_id FROM credentials',
    rows: ['SELECT * FROM accounts WHERE account_id = :key', 'SELECT * FROM usernames WHERE account_id = :key ORDER BY canonical', 'SELECT * FROM credentials WHERE account_id = :key'],
    keyOf: ([account = '']) => account,
  },
  {
    kinds: [ChangeKind.CHANGE_KIND_CONVERSATION_CREATED, ChangeKind.CHANGE_KIND_MEMBER_SET],
    keys: 'SELECT conversation_id AS key FROM conversations UNION SELECT conversation_id FROM members',
    rows: ['SELECT * FROM conversations WHERE conversation_id = :key', 'SELECT * FROM members WHERE conversation_id = :key ORDER BY account_id'],
    keyOf: ([conversation = '']) => conversation,
  },
  {
    kinds: [ChangeKind.CHANGE_KIND_MESSAGE_CREATED, ChangeKind.CHANGE_KIND_MESSAGE_EDITED, ChangeKind.CHANGE_KIND_MESSAGE_DELETED],
    keys: "SELECT sender_id || '/' || message_id AS key FROM messages UNION SELECT sender_id || '/' || message_id FROM creations",
    rows: [
      `SELECT sender_id, message_id, conversation_id, state, text, sent_at_ms, edited_at_ms, revision, hlc, origin, seq, created_hlc, created_origin, created_seq FROM messages
       WHERE sender_id = substr(:key, 1, 26) AND message_id = substr(:key, 28)`,
      ...['creations', 'edits', 'replies'].map((table) => `SELECT * FROM ${table} WHERE sender_id = substr(:key, 1, 26) AND message_id = substr(:key, 28) ORDER BY origin, seq`),
    ],
    keyOf: ([sender = '', message = '']) => `${sender}/${message}`,
  },
  {
    kinds: [ChangeKind.CHANGE_KIND_READ_MARKED, ChangeKind.CHANGE_KIND_DELIVERY_MARKED],
    keys: "SELECT DISTINCT account_id || '/' || conversation_id AS key FROM receipts",
    rows: ['SELECT * FROM receipts WHERE account_id = substr(:key, 1, 26) AND conversation_id = substr(:key, 28) ORDER BY kind, of_origin'],
    keyOf: ([account = '', conversation = '']) => `${account}/${conversation}`,
  },
  {
    kinds: [ChangeKind.CHANGE_KIND_HIDDEN_SET],
    keys: "SELECT account_id || '/' || sender_id || '/' || message_id AS key FROM hidden",
    rows: ['SELECT * FROM hidden WHERE account_id = substr(:key, 1, 26) AND sender_id = substr(:key, 28, 26) AND message_id = substr(:key, 55)'],
    keyOf: (parts) => parts.join('/'),
  },
  {
    kinds: [ChangeKind.CHANGE_KIND_REPLICA_REGISTERED],
    keys: 'SELECT replica_id AS key FROM replicas',
    rows: ['SELECT * FROM replicas WHERE replica_id = :key'],
    keyOf: ([replica = '']) => replica,
  },
];

/** A hash of a group's rows, in two halves. */
export interface RowsHash {
  readonly high: number;
  readonly low: number;
}

const GROUP_OF: ReadonlyMap<ChangeKind, number> = new Map(GROUPS.flatMap(({ kinds }, group) => kinds.map((kind) => [kind, group] as const)));

/**
 * A hash of all replicated tables that follows commits at the cost of the rows that they touch: the exclusive or of one
 * hash for each group of rows.
 */
export class TableState {
  readonly #groups;
  readonly #hashes = new Map<string, RowsHash>();
  /** What each change of a hash was before, the latest last: earlier states are told from it. */
  readonly #journal: { readonly name: string; readonly before: RowsHash | undefined }[] = [];
  #high = 0;
  #low = 0;

  constructor(db: Connection) {
    this.#groups = GROUPS.map(({ keys, rows }) => ({
      keys: db.prepare<[], { key: string }>(keys),
      rows: rows.map((sql) => db.prepare<{ key: string }, unknown[]>(sql).raw()),
    }));
    this.readAll();
  }

  /** The hash as text: equal for equal tables. */
  get digest(): string {
    return `${this.#high.toString(16)}.${this.#low.toString(16)}`;
  }

  /** Names this moment for `hashesAt`. */
  get moment(): number {
    return this.#journal.length;
  }

  /** Each group of rows that there was at that moment, and its hash. */
  hashesAt(moment: number): Map<string, RowsHash> {
    const hashes = new Map(this.#hashes);
    for (const { name, before } of this.#journal.slice(moment).reverse()) {
      if (before) hashes.set(name, before);
      else hashes.delete(name);
    }
    return hashes;
  }

  /** A change was merged. */
  merged(kind: ChangeKind, key: string): void {
    if (kind === ChangeKind.CHANGE_KIND_ACCOUNT_DELETED) return this.readAll();
    const group = GROUP_OF.get(kind);
    if (group !== undefined) this.#read(group, GROUPS[group]?.keyOf(key.split('/')) ?? '');
    return undefined;
  }

  /** All rows, group by group, as text: for telling what differs. */
  dump(): Map<string, string> {
    const dump = new Map<string, string>();
    for (const [group, { keys }] of this.#groups.entries()) {
      for (const { key } of keys.all()) dump.set(`${group} ${key}`, this.#text(group, key));
    }
    return dump;
  }

  /** Reads all rows. */
  readAll(): void {
    const gone = new Set(this.#hashes.keys());
    for (const [group, { keys }] of this.#groups.entries()) {
      for (const { key } of keys.all()) {
        gone.delete(`${group} ${key}`);
        this.#read(group, key);
      }
    }
    for (const name of gone) this.#put(name, undefined);
  }

  #read(group: number, key: string): void {
    const name = `${group} ${key}`;
    const text = this.#text(group, key);
    const whole = name + text;
    this.#put(name, text === '' ? undefined : { high: hash32(whole, 1), low: hash32(whole, 2) });
  }

  #put(name: string, fresh: RowsHash | undefined): void {
    const before = this.#hashes.get(name);
    if (before?.high === fresh?.high && before?.low === fresh?.low) return;
    this.#journal.push({ name, before });
    if (fresh) this.#hashes.set(name, fresh);
    else this.#hashes.delete(name);
    this.#high = (this.#high ^ (before?.high ?? 0) ^ (fresh?.high ?? 0)) >>> 0;
    this.#low = (this.#low ^ (before?.low ?? 0) ^ (fresh?.low ?? 0)) >>> 0;
  }

  #text(group: number, key: string): string {
    const rows = this.#groups[group]?.rows.map((statement) => statement.all({ key })) ?? [];
    return rows.every((some) => some.length === 0) ? '' : JSON.stringify(rows);
  }
}
