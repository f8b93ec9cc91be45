import {
  AccountCreated,
  ChangeKind,
  ConversationCreated,
  CredentialsSet,
  DeliveryMarked,
  HiddenSet,
  MemberSet,
  ReadMarked,
  ReplicaRegistered,
  UsernameClaimed,
} from '@parley/proto/replication';
import type { ChangeRecord } from './change.ts';
import type { Connection } from './database.ts';
import { messageRules } from './message-rules.ts';
import { type Doomed, EARLIER, LATER, NOTHING, type Rule, rule, STAMP } from './rule.ts';

/** Kinds of receipt. */
export const RECEIPT_READ = 1;
export const RECEIPT_DELIVERED = 2;

type Gone = (accountId: string) => boolean;

const NO_PAYLOAD = { decode: () => undefined };

/** The rules for a database. */
export type RulesOf = (db: Connection) => readonly Rule[];

/** All rules that this program knows. */
export const allRules: RulesOf = (db) => {
  const isDeleted = db.prepare<[string], { deleted: number }>('SELECT deleted FROM accounts WHERE account_id = ?');
  const gone = (accountId: string) => isDeleted.get(accountId)?.deleted === 1;
  return [...accountRules(db, gone), ...conversationRules(db, gone), ...messageRules(db), ...readingRules(db, gone), ...replicaRules(db)];
};

/**
 * Merges changes into the tables, one rule a kind, and one for each field that a kind got later. Each rule is commutative, associative and idempotent, so tables are
 * a function of the set of changes applied [M1]. A kind that is unknown, or a key or payload that does not fit its
 * kind, merges to nothing: it stays in the log.
 */
export class Merge {
  readonly #rules: readonly Rule[];
  readonly #byKind: ReadonlyMap<ChangeKind, readonly Rule[]>;

  constructor(db: Connection, rulesOf: RulesOf = allRules) {
    this.#rules = rulesOf(db);
    this.#byKind = byKind(this.#rules);
  }

  /** Names of the rules that it knows: of one for a whole kind of change its number, of one for a field that the kind got later `7.reply_to`. */
  get ruleNames(): readonly string[] {
    return this.#rules.map(nameOf);
  }

  /** Merges a change. Returns the changes whose text has to be erased from the log for it, itself or others: the caller's to do. */
  apply(record: ChangeRecord): Doomed {
    return applyAll(this.#byKind.get(record.header.kind), record);
  }

  /** The same by some of its rules only. */
  only(names: ReadonlySet<string>): Pick<Merge, 'apply'> {
    const rules = byKind(this.#rules.filter((rule) => names.has(nameOf(rule))));
    return { apply: (record) => applyAll(rules.get(record.header.kind), record) };
  }
}

function byKind(rules: readonly Rule[]): Map<ChangeKind, readonly Rule[]> {
  const groups = new Map<ChangeKind, readonly Rule[]>();
  for (const rule of rules) groups.set(rule[0], [...(groups.get(rule[0]) ?? []), rule]);
  return groups;
}

function nameOf([kind, , field]: Rule): string {
  return field === undefined ? String(kind) : `${kind}.${field}`;
}

function applyAll(rules: readonly Rule[] | undefined, record: ChangeRecord): Doomed {
  const [first, ...others] = rules ?? [];
  const doomed = first?.[1](record) ?? NOTHING;
  return others.length === 0 ? doomed : [...doomed, ...others.flatMap(([, merge]) => merge(record))];
}

/** [M2] Deleted beats all; a deleted account keeps its id and nothing else, in any table, in whatever order changes come. */
function accountRules(db: Connection, gone: Gone): Rule[] {
  const created = db.prepare(
    `INSERT INTO accounts (account_id, created_at_ms, deleted, hlc, origin, seq) VALUES (?, ?, 0, ?, ?, ?)
     ON CONFLICT DO UPDATE SET created_at_ms = excluded.created_at_ms, ${STAMP} WHERE deleted = 0 AND ${LATER}`,
  );
  const deleted = db.prepare(
    `INSERT INTO accounts (account_id, created_at_ms, deleted, hlc, origin, seq) VALUES (?, 0, 1, ?, ?, ?)
     ON CONFLICT DO UPDATE SET created_at_ms = 0, deleted = 1, ${STAMP} WHERE deleted = 0 OR ${LATER}`,
  );
  const cleared = ['usernames', 'credentials', 'members', 'receipts', 'hidden'].map((table) => db.prepare<[string]>(`DELETE FROM ${table} WHERE account_id = ?`));
  // A claim never changes; of the same claim brought twice the lower stamp stays.
  const claimed = db.prepare(
    `INSERT INTO usernames (canonical, account_id, username, hlc, origin, seq) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET username = excluded.username, ${STAMP} WHERE ${EARLIER}`,
  );
  const credentials = db.prepare(
    `INSERT INTO credentials (account_id, password_hash, initial, hlc, origin, seq) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET password_hash = excluded.password_hash, initial = excluded.initial, ${STAMP}
     WHERE excluded.initial < initial OR (excluded.initial = initial AND ${LATER})`,
  );
  return [
    rule(ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, 1, AccountCreated, ([accountId], payload, { hlc, origin, seq }) => {
      created.run(accountId, payload.createdAtMs, hlc, origin, seq);
    }),
    rule(ChangeKind.CHANGE_KIND_ACCOUNT_DELETED, 1, NO_PAYLOAD, ([accountId], _, { hlc, origin, seq }) => {
      deleted.run(accountId, hlc, origin, seq);
      for (const table of cleared) table.run(accountId);
    }),
    rule(ChangeKind.CHANGE_KIND_USERNAME_CLAIMED, 2, UsernameClaimed, ([accountId, canonical], payload, { hlc, origin, seq }) => {
      if (!gone(accountId)) claimed.run(canonical, accountId, payload.username, hlc, origin, seq);
    }),
    rule(ChangeKind.CHANGE_KIND_CREDENTIALS_SET, 1, CredentialsSet, ([accountId], payload, { hlc, origin, seq }) => {
      if (!gone(accountId)) credentials.run(accountId, payload.passwordHash, payload.initial ? 1 : 0, hlc, origin, seq);
    }),
  ];
}

function conversationRules(db: Connection, gone: Gone): Rule[] {
  const created = db.prepare(
    `INSERT INTO conversations (conversation_id, direct_account_a, direct_account_b, hlc, origin, seq) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET direct_account_a = excluded.direct_account_a, direct_account_b = excluded.direct_account_b, ${STAMP} WHERE ${LATER}`,
  );
  const member = db.prepare(
    `INSERT INTO members (conversation_id, account_id, member, hlc, origin, seq) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET member = excluded.member, ${STAMP} WHERE ${LATER}`,
  );
  return [
    rule(ChangeKind.CHANGE_KIND_CONVERSATION_CREATED, 1, ConversationCreated, ([conversationId], payload, { hlc, origin, seq }) => {
      const [a, b] = payload.directAccountIds;
      if (a && b) created.run(conversationId, a, b, hlc, origin, seq);
    }),
    rule(ChangeKind.CHANGE_KIND_MEMBER_SET, 2, MemberSet, ([conversationId, accountId], payload, { hlc, origin, seq }) => {
      if (!gone(accountId)) member.run(conversationId, accountId, payload.member ? 1 : 0, hlc, origin, seq);
    }),
  ];
}

function readingRules(db: Connection, gone: Gone): Rule[] {
  // Marks are version vectors: for each origin the higher seq.
  const receipt = db.prepare(
    `INSERT INTO receipts (account_id, conversation_id, kind, of_origin, upto_seq) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET upto_seq = excluded.upto_seq WHERE excluded.upto_seq > upto_seq`,
  );
  const hidden = db.prepare(
    `INSERT INTO hidden (account_id, sender_id, message_id, hidden, hlc, origin, seq) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET hidden = excluded.hidden, ${STAMP} WHERE ${LATER}`,
  );
  return [
    rule(ChangeKind.CHANGE_KIND_READ_MARKED, 2, ReadMarked, ([accountId, conversationId], payload) => {
      if (gone(accountId)) return;
      for (const { origin, seq } of payload.read) receipt.run(accountId, conversationId, RECEIPT_READ, origin, seq);
    }),
    rule(ChangeKind.CHANGE_KIND_DELIVERY_MARKED, 2, DeliveryMarked, ([accountId, conversationId], payload) => {
      if (gone(accountId)) return;
      for (const { origin, seq } of payload.delivered) receipt.run(accountId, conversationId, RECEIPT_DELIVERED, origin, seq);
    }),
    rule(ChangeKind.CHANGE_KIND_HIDDEN_SET, 3, HiddenSet, ([accountId, senderId, messageId], payload, { hlc, origin, seq }) => {
      if (!gone(accountId)) hidden.run(accountId, senderId, messageId, payload.hidden ? 1 : 0, hlc, origin, seq);
    }),
  ];
}

function replicaRules(db: Connection): Rule[] {
  const registered = db.prepare(
    `INSERT INTO replicas (replica_id, address, public_url, name, hlc, origin, seq) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET address = excluded.address, public_url = excluded.public_url, name = excluded.name, ${STAMP} WHERE ${LATER}`,
  );
  // A table of its own, so that a removal does not touch the registration.
  const removed = db.prepare(
    `INSERT INTO removals (replica_id, hlc, origin, seq) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET ${STAMP} WHERE ${LATER}`,
  );
  return [
    rule(ChangeKind.CHANGE_KIND_REPLICA_REGISTERED, 1, ReplicaRegistered, ([replicaId], payload, { hlc, origin, seq }) => {
      registered.run(replicaId, payload.address, payload.publicUrl, payload.name, hlc, origin, seq);
    }),
    rule(ChangeKind.CHANGE_KIND_REPLICA_REMOVED, 1, NO_PAYLOAD, ([replicaId], _, { hlc, origin, seq }) => {
      removed.run(replicaId, hlc, origin, seq);
    }),
  ];
}
