import type { Connection } from '../database.ts';

export interface AccountRow {
  readonly accountId: string;
  /** As shown: with a suffix where an earlier claim of the name exists; empty when deleted. */
  readonly username: string;
  readonly deleted: boolean;
}

export interface ClaimRow {
  readonly accountId: string;
  /** As shown. */
  readonly username: string;
}

export interface CredentialsRow {
  readonly passwordHash: string;
  /** Rises with each new password: a session made under a lower one is over. 0 for the password that the account was made with. */
  readonly generation: number;
}

export class AccountQueries {
  readonly #byId;
  readonly #claims;
  readonly #claimOf;
  readonly #credentials;
  readonly #list;

  constructor(db: Connection) {
    this.#byId = db.prepare<[string], { accountId: string; username: string; deleted: number }>(
      `SELECT a.account_id AS accountId, coalesce(n.username, '') AS username, a.deleted
       FROM accounts a LEFT JOIN shown_names n ON n.account_id = a.account_id WHERE a.account_id = ?`,
    );
    this.#claims = db.prepare<[string], ClaimRow>(
      `SELECT u.account_id AS accountId, n.username FROM usernames u JOIN shown_names n ON n.account_id = u.account_id AND n.canonical = u.canonical
       WHERE u.canonical = ? ORDER BY u.hlc, u.origin, u.seq`,
    );
    this.#claimOf = db.prepare<[string], { canonical: string; origin: number; seq: number }>('SELECT canonical, origin, seq FROM usernames WHERE account_id = ? ORDER BY hlc, origin, seq');
    this.#credentials = db.prepare<[string], CredentialsRow>('SELECT password_hash AS passwordHash, iif(initial, 0, hlc) AS generation FROM credentials WHERE account_id = ?');
    this.#list = db.prepare<{ like: string; canonical: string; accountId: string; limit: number }, ClaimRow & { canonical: string }>(
      `SELECT account_id AS accountId, username, canonical FROM shown_names
       WHERE canonical LIKE :like ESCAPE '\\' AND (canonical, account_id) > (:canonical, :accountId)
       ORDER BY canonical, account_id LIMIT :limit`,
    );
  }

  byId(accountId: string): AccountRow | undefined {
    const row = this.#byId.get(accountId);
    return row && { ...row, deleted: row.deleted === 1 };
  }

  /** The accounts that claim a canonical username; the first one has it. */
  claims(canonical: string): ClaimRow[] {
    return this.#claims.all(canonical);
  }

  /** The claim of an account, and the change that made it; undefined when it is deleted or unknown. */
  claimOf(accountId: string): { canonical: string; origin: number; seq: number } | undefined {
    return this.#claimOf.get(accountId);
  }

  credentials(accountId: string): CredentialsRow | undefined {
    return this.#credentials.get(accountId);
  }

  /** Accounts whose canonical username matches a LIKE pattern (escape: backslash), after the given one, ordered. */
  list(like: string, after: { canonical: string; accountId: string }, limit: number): (ClaimRow & { canonical: string })[] {
    return this.#list.all({ like, ...after, limit });
  }
}
