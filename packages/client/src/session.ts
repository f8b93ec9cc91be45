import type { Clock } from './clock.ts';
import { parseObject, type Storage } from './storage.ts';

/** A signed-in account on this device. */
export interface Session {
  readonly token: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly expiresAt: number;
  readonly accountId: string;
  readonly username: string;
}

const KEY = 'session';

/** The session, kept in storage: a client that starts with one is signed in without a call. */
export class SessionKeeper {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #changed: (session: Session | undefined) => void;
  #session: Session | undefined;
  #reason: string | undefined;
  #replacing: Promise<void> | undefined;
  /** The session was seen in storage: when it is not there any more, another tab has ended it. */
  #isKept = false;

  /** `changed`: called when an account is signed in or out, not when only its token is replaced. */
  constructor(storage: Storage, clock: Clock, changed: (session: Session | undefined) => void) {
    this.#storage = storage;
    this.#clock = clock;
    this.#changed = changed;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Why nobody is signed in, for people; undefined where it was asked for. */
  get reason(): string | undefined {
    return this.#reason;
  }

  async restore(): Promise<void> {
    const stored = parseSession(await this.#storage.get(KEY));
    if (!stored || this.#session) return;
    if (stored.expiresAt <= this.#clock.now()) return this.#over(stored.token, 'Your session has expired. Sign in again.');
    this.#session = stored;
    this.#isKept = true;
    this.#changed(stored);
  }

  /** Looks at storage again, which other tabs change too: what they began or ended is so here. */
  async refresh(): Promise<void> {
    const before = this.#session;
    let kept: Session | undefined;
    let isRead = false;
    // Storage that fails reads as empty; this alone tells the two apart.
    await this.#storage.update(KEY, (text) => {
      isRead = true;
      kept = parseSession(text);
      return text;
    });
    if (!isRead || this.#session !== before) return;
    if (kept && before?.accountId === kept.accountId) {
      this.#session = kept;
      this.#isKept = true;
    } else if (kept ? kept.expiresAt > this.#clock.now() : before && this.#isKept) {
      this.#reason = undefined;
      this.#session = kept;
      this.#isKept = kept !== undefined;
      this.#changed(kept);
    }
  }

  /** Where the account is signed in already (two tabs, or a second try whose first one was slow) it goes on with the new token, and nothing goes from the screen. */
  begin(session: Session): void {
    const isNew = this.#session?.accountId !== session.accountId;
    this.#reason = undefined;
    this.#isKept = false;
    this.#keep(session);
    if (isNew) this.#changed(session);
  }

  /** `reason`: why, for people, when it was not asked for. */
  end(reason?: string): void {
    this.#over(this.#session?.token, reason);
  }

  /** The server gave another token for this session; the one of before holds for a while. */
  renew(next: Pick<Session, 'token' | 'expiresAt'>): void {
    this.#amend(next);
  }

  /** The account is shown by another name now. */
  renamed(username: string): void {
    this.#amend({ username });
  }

  /** Takes over the token and the expiry that `replacement` gives; while it is under way, a refused old token proves nothing. */
  async replaceToken(replacement: () => Promise<Pick<Session, 'token' | 'expiresAt'>>): Promise<void> {
    const work = replacement().then((next) => {
      if (this.#session) this.#keep({ ...this.#session, ...next });
    });
    const settled = work.catch(() => undefined).finally(() => {
      if (this.#replacing === settled) this.#replacing = undefined;
    });
    this.#replacing = settled;
    await work;
  }

  /** Resolves when no replacement of the token is under way. */
  async replaced(): Promise<void> {
    await this.#replacing;
  }

  /**
   * A server refused `token`. True when another one has taken its place, here or in another tab, with which the call is
   * worth repeating; else the session is over, with the server's `reason`.
   */
  async refused(token: string, reason: string): Promise<boolean> {
    const held = this.#session;
    if (held?.token === token) {
      const kept = parseSession(await this.#storage.get(KEY));
      // Another tab has changed the password, or signed in again.
      if (this.#session === held && kept?.accountId === held.accountId) this.#session = kept;
    }
    if (this.#session && this.#session.token !== token) return true;
    if (this.#session) this.end(reason);
    return false;
  }

  #over(token: string | undefined, reason: string | undefined): void {
    this.#reason = reason;
    this.#session = undefined;
    // Another tab may have put another session there, which is not over.
    void this.#storage.update(KEY, (text) => (parseSession(text)?.token === token ? undefined : text));
    this.#changed(undefined);
  }

  #amend(changes: Partial<Session>): void {
    if (!this.#session) return;
    const amended = { ...this.#session, ...changes };
    this.#session = amended;
    // Another tab may have put another session there, or a newer token of this one.
    void this.#storage.update(KEY, (text) => {
      const kept = parseSession(text);
      return kept?.accountId === amended.accountId ? JSON.stringify({ ...kept, ...changes }) : text;
    });
  }

  #keep(session: Session): void {
    this.#session = session;
    void this.#storage.set(KEY, JSON.stringify(session)).then(() => this.#storage.get(KEY)).then((text) => {
      this.#isKept ||= parseSession(text)?.token === this.#session?.token;
    });
  }
}

function parseSession(text: string | undefined): Session | undefined {
  const stored = parseObject(text);
  if (!stored) return undefined;
  const { token, expiresAt, accountId, username } = stored;
  if (typeof token !== 'string' || typeof expiresAt !== 'number' || typeof accountId !== 'string' || typeof username !== 'string') return undefined;
  return { token, expiresAt, accountId, username };
}
