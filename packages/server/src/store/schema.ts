/** Tables that are not the merge of the log: every other one has to be equal on all replicas with equal vectors (see hash-tables.ts). */
export const LOCAL_TABLES: ReadonlySet<string> = new Set(['changes', 'version_vector', 'local']);

/**
 * The database's shape, as ordered migrations: `PRAGMA user_version` counts how many have run. Tables are the merge of
 * the log (see merge.ts) and are meant to be read with the `sqlite3` shell; a stamp is its three columns hlc, origin, seq.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- The log: every change that this replica has applied, in that order.
  CREATE TABLE changes (
    arrival INTEGER PRIMARY KEY AUTOINCREMENT,
    origin INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hlc INTEGER NOT NULL,
    change BLOB NOT NULL,
    UNIQUE (origin, seq)
  ) STRICT;

  -- Local: not replicated.
  CREATE TABLE version_vector (origin INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
  CREATE TABLE local (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

  -- Merged from the log.
  CREATE TABLE accounts (
    account_id TEXT PRIMARY KEY,
    created_at_ms INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE usernames (
    canonical TEXT NOT NULL,
    account_id TEXT NOT NULL,
    username TEXT NOT NULL,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (canonical, account_id)
  ) STRICT;
  CREATE INDEX usernames_by_account ON usernames (account_id);
  CREATE TABLE credentials (
    account_id TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    initial INTEGER NOT NULL,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE conversations (
    conversation_id TEXT PRIMARY KEY,
    direct_account_a TEXT NOT NULL,
    direct_account_b TEXT NOT NULL,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE members (
    conversation_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    member INTEGER NOT NULL,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, account_id)
  ) STRICT;
  CREATE INDEX members_by_account ON members (account_id);

  -- state: 0 created, 1 edited, 2 deleted for everyone. hlc, origin, seq are the content's stamp;
  -- created_* is the lowest creation: the message's place. Without one it is not shown.
  CREATE TABLE messages (
    row INTEGER PRIMARY KEY,
    sender_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    state INTEGER NOT NULL,
    text TEXT NOT NULL,
    sent_at_ms INTEGER NOT NULL,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL,
    created_hlc INTEGER, created_origin INTEGER, created_seq INTEGER,
    UNIQUE (sender_id, message_id)
  ) STRICT;
  CREATE INDEX messages_by_position ON messages (conversation_id, created_hlc, created_origin);
  CREATE INDEX messages_by_creation ON messages (conversation_id, created_origin, created_seq);
  -- The further creations of a message that a retry brought to another replica.
  CREATE TABLE creations (
    sender_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    origin INTEGER NOT NULL, seq INTEGER NOT NULL, hlc INTEGER NOT NULL,
    PRIMARY KEY (sender_id, message_id, origin, seq)
  ) STRICT, WITHOUT ROWID;
  -- kind: 1 read. A version vector, one entry a row.
  CREATE TABLE receipts (
    account_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    kind INTEGER NOT NULL,
    of_origin INTEGER NOT NULL,
    upto_seq INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id, kind, of_origin)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE hidden (
    account_id TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (account_id, sender_id, message_id)
  ) STRICT;
  CREATE TABLE replicas (
    replica_id TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    public_url TEXT NOT NULL,
    name TEXT NOT NULL,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL
  ) STRICT;

  -- The name that people see: the lowest claim has it, a later one is told apart by a suffix.
  CREATE VIEW shown_names AS
    SELECT u.account_id, u.canonical,
      CASE WHEN EXISTS (
        SELECT 1 FROM usernames o WHERE o.canonical = u.canonical AND (o.hlc, o.origin, o.seq) < (u.hlc, u.origin, u.seq)
      ) THEN u.username || '~' || substr(u.account_id, 1, 4) ELSE u.username END AS username
    FROM usernames u;
  `,
  // Deleted messages of which only erased creations have come, as erasedWithoutTombstone looks for them. And what was
  // deleted before there was erasing loses its text in the log.
  `
  CREATE INDEX messages_without_tombstone ON messages (sender_id, message_id) WHERE state = 2 AND hlc = 0;
  UPDATE changes SET change = erased(change) WHERE (origin, seq) IN (
    SELECT created_origin, created_seq FROM messages WHERE state = 2 AND created_hlc IS NOT NULL
    UNION ALL SELECT c.origin, c.seq FROM creations c JOIN messages m ON m.sender_id = c.sender_id AND m.message_id = c.message_id WHERE m.state = 2);
  -- The kinds of change that were known before files said so (see new-kinds.ts).
  INSERT INTO local (name, value) VALUES ('known_kinds', '1,2,3,4,5,6,7,8,9,10,11');
  `,
  `
  -- Replicas that an operator took out. One is a member again once its registration has a higher stamp.
  CREATE TABLE removals (
    replica_id TEXT PRIMARY KEY,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL
  ) STRICT;
  `,
  // Edits and answers. The two columns are of the newest edit (state 1), and 0 without one.
  `
  ALTER TABLE messages ADD COLUMN edited_at_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE messages ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
  -- Every edit of a message that is not deleted: where its text is in the log, from which a deletion takes it.
  CREATE TABLE edits (
    sender_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    edit_id TEXT NOT NULL,
    origin INTEGER NOT NULL, seq INTEGER NOT NULL, hlc INTEGER NOT NULL,
    PRIMARY KEY (sender_id, message_id, edit_id, origin, seq)
  ) STRICT, WITHOUT ROWID;
  -- The message that a message answers, as the lowest of its creations that answers one says.
  CREATE TABLE replies (
    sender_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    to_sender_id TEXT NOT NULL,
    to_message_id TEXT NOT NULL,
    hlc INTEGER NOT NULL, origin INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (sender_id, message_id)
  ) STRICT, WITHOUT ROWID;
  `,
];
