import { type Account, ChatServiceDefinition } from '@parley/proto/chat';
import type { CallPlan, Calls } from './calls.ts';
import { Failure } from './failure.ts';
import type { Random } from './random.ts';
import type { SessionKeeper } from './session.ts';

const { changePassword, createAccount, deleteAccount, logIn, logOut } = ChatServiceDefinition.methods;

/** argon2id takes seconds on a cheap machine with several people waiting. */
const SLOW_MS = 8_000;

const NONCE_BYTES = 32;

const OUTCOME_UNKNOWN = 'The server stopped answering, so it is not known whether the password was changed. '
  + 'Sign out, then sign in with the new password; if that is refused, with the old one.';

/** A server refused the name: another account has it, and no repetition can find an account of one's own. */
const TAKEN = 'USERNAME_TAKEN';

/** Calls that make, change and end accounts and sessions. All reject with a Failure. */
export class Accounts {
  readonly #calls: Calls;
  readonly #session: SessionKeeper;
  readonly #random: Random;
  /** Of the account that is being made: kept until there is an answer, so that trying again finds what the first try made. */
  #creating: { readonly username: string; readonly nonce: Uint8Array } | undefined;

  constructor(calls: Calls, session: SessionKeeper, random: Random) {
    this.#calls = calls;
    this.#session = session;
    this.#random = random;
  }

  async create(username: string, password: string): Promise<void> {
    if (this.#creating?.username !== username) this.#creating = { username, nonce: this.#random.bytes(NONCE_BYTES) };
    const request = createAccount.requestType.create({ username, password, nonce: this.#creating.nonce });
    try {
      const reply = await this.#calls.call(createAccount, request, { anonymous: true, deadlineMs: SLOW_MS });
      this.#creating = undefined;
      this.#begin(reply);
    } catch (error) {
      if (error instanceof Failure && error.reason === TAKEN) this.#creating = undefined;
      throw error;
    }
  }

  async logIn(username: string, password: string): Promise<void> {
    const request = logIn.requestType.create({ username, password });
    this.#begin(await this.#calls.call(logIn, request, { anonymous: true, deadlineMs: SLOW_MS }));
  }

  /** Ends all sessions of the account. */
  async logOutEverywhere(): Promise<void> {
    try {
      await this.#calls.call(logOut, logOut.requestType.create({ everywhere: true }));
    } catch (error) {
      // A repetition after a lost answer finds the session ended: that is what was wanted.
      if (this.#session.session) throw error;
    }
  }

  async changePassword(oldPassword: string, newPassword: string): Promise<void> {
    const plan: CallPlan = {
      deadlineMs: SLOW_MS,
      replacesToken: true,
      onceOnly: OUTCOME_UNKNOWN,
    };
    await this.#session.replaceToken(async () => {
      const reply = await this.#calls.call(changePassword, changePassword.requestType.create({ oldPassword, newPassword }), plan);
      return { token: reply.sessionToken, expiresAt: reply.expiresAtMs };
    });
  }

  async delete(username: string, password: string): Promise<void> {
    const request = deleteAccount.requestType.create({ username, password });
    await this.#calls.call(deleteAccount, request, { deadlineMs: SLOW_MS, endsSession: true });
  }

  #begin(reply: { readonly account?: Account | undefined; readonly sessionToken: string; readonly expiresAtMs: number }): void {
    if (!reply.account) throw new Failure('INTERNAL', 'The server gave no account. Try again; if it happens again, try another server.');
    const { accountId, username } = reply.account;
    this.#session.begin({ token: reply.sessionToken, expiresAt: reply.expiresAtMs, accountId, username });
  }
}
