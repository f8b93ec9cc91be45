import type { ChatServiceDefinition, GetAccountRequest } from '@parley/proto/chat';
import { AccountCreated, ChangeKind, CredentialsSet, UsernameClaimed } from '@parley/proto/replication';
import { invalid, Refusal } from '../errors.ts';
import type { CallContext, Handlers } from '../grpc/handlers.ts';
import { accountIdOf } from '../ids.ts';
import type { Transaction } from '../store/store.ts';
import { acknowledge, patience } from './acknowledge.ts';
import { checkId, checkNewPassword, checkNonce, checkPageSize, checkPassword } from './fields.ts';
import { MAX_PATTERN } from './limits.ts';
import { makePageToken, readPageToken } from './page-token.ts';
import type { ChatParts } from './parts.ts';
import { cover } from './seen.ts';
import { canonicalUsername, checkTypedName, checkUsername, meant, type TypedName } from './usernames.ts';
import { accountView } from './views.ts';

type Methods = 'createAccount' | 'getAccount' | 'listAccounts' | 'deleteAccount';

const taken = (username: string) => new Refusal('USERNAME_TAKEN', `The username “${username}” is taken. Choose another one.`, [{ field: 'username', description: 'is taken' }]);

export function accountHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, Methods> {
  const { store, sessions } = parts;
  return {
    createAccount: async (request, call) => {
      const username = checkUsername('username', request.username);
      checkNewPassword('password', request.password);
      const accountId = accountIdOf(checkNonce('nonce', request.nonce));
      const seen = await cover(parts, request.seen);
      const canonical = canonicalUsername(username);
      if (isTaken(store, canonical, accountId)) {
        // A first try may have made this very account on another replica, before the one that has the name here.
        await parts.replication.catchUp.refresh(patience(parts, call));
        if (isTaken(store, canonical, accountId)) throw taken(username);
      }
      const passwordHash = await parts.passwords.hash(call, request.password);
      const { last } = await store.write((tx) => createOnce(tx, { accountId, username, canonical, passwordHash, nowMs: parts.time.wallMs() }));
      // [U1] Whoever claimed the name at the same time is seen after this; of the two the later one takes itself back.
      const claim = last ?? store.queries.accounts.claimOf(accountId);
      if (!claim) throw taken(username);
      await checkRepeated(parts, call, { accountId, password: request.password, passwordHash });
      const copies = await parts.replication.catchUp.askEveryone(claim, patience(parts, call));
      if (store.queries.accounts.claims(canonical)[0]?.accountId !== accountId) {
        await store.write((tx) => tx.append(ChangeKind.CHANGE_KIND_ACCOUNT_DELETED, accountId, new Uint8Array()));
        throw taken(username);
      }
      const token = sessions.make(accountId, store.queries.accounts.credentials(accountId)?.generation ?? 0);
      return { account: accountView(store.queries, accountId), ...token, copies, seen: seen.cursor() };
    },

    getAccount: async (request, call) => {
      const seen = await cover(parts, request.seen);
      const me = sessions.of(call);
      const accountId = idOf(parts, request.account, me.accountId);
      const account = accountId === undefined ? undefined : store.queries.accounts.byId(accountId);
      if (!account) throw seen.missing(new Refusal('ACCOUNT_NOT_FOUND', notFoundText(request.account)));
      return { account, seen: seen.cursor(), behind: seen.behind };
    },

    listAccounts: async (request, call) => {
      const size = checkPageSize(request.pageSize, 100, 500);
      const like = likeOf(request.pattern);
      const [canonical, accountId] = readPageToken(request.pageToken, 'string') ?? ['', ''];
      const seen = await cover(parts, request.seen);
      sessions.of(call);
      const rows = store.queries.accounts.list(like, { canonical, accountId }, size + 1);
      const last = rows.length > size ? rows[size - 1] : undefined;
      return {
        accounts: rows.slice(0, size).map((row) => ({ accountId: row.accountId, username: row.username, deleted: false })),
        nextPageToken: last ? makePageToken([last.canonical, last.accountId]) : '',
        seen: seen.cursor(),
        behind: seen.behind,
      };
    },

    deleteAccount: async (request, call) => {
      checkPassword('password', request.password);
      const typed = checkTypedName('username', request.username);
      const seen = await cover(parts, request.seen);
      const { accountId } = sessions.of(call);
      const isOwn = meant(store.queries.accounts.claims(typed.canonical), typed).some((claim) => claim.accountId === accountId);
      parts.attempts.take(`signed in: ${accountId}`);
      const isRight = await parts.passwords.isRight(call, store.queries.accounts.credentials(accountId)?.passwordHash, request.password);
      if (!isOwn || !isRight) throw new Refusal('WRONG_PASSWORD', 'Username or password is not that of this account. Check both and try again.');
      parts.attempts.right(`signed in: ${accountId}`);
      const { last } = await store.write((tx) => tx.append(ChangeKind.CHANGE_KIND_ACCOUNT_DELETED, accountId, new Uint8Array()));
      return { copies: last && (await acknowledge(parts, call, last)), seen: seen.cursor() };
    },
  };
}

function isTaken({ queries }: Pick<Transaction, 'queries'>, canonical: string, accountId: string): boolean {
  const claims = queries.accounts.claims(canonical);
  return claims.length > 0 && claims.every((claim) => claim.accountId !== accountId);
}

/** Makes the account, unless a first try with the same nonce made it. */
function createOnce(tx: Transaction, account: { accountId: string; username: string; canonical: string; passwordHash: string; nowMs: number }): void {
  const { accountId, username, canonical, passwordHash, nowMs } = account;
  if (isTaken(tx, canonical, accountId)) throw taken(username);
  const known = tx.queries.accounts.byId(accountId);
  if (known?.deleted) throw taken(username);
  const claim = tx.queries.accounts.claimOf(accountId);
  if (claim && claim.canonical !== canonical) throw invalid('nonce', 'This nonce made another account; make a new one for each account.');
  // Of what a first try wrote elsewhere a part may have come already.
  if (!known) tx.append(ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, accountId, AccountCreated.encode({ createdAtMs: nowMs }).finish());
  if (!tx.queries.accounts.credentials(accountId)) tx.append(ChangeKind.CHANGE_KIND_CREDENTIALS_SET, accountId, CredentialsSet.encode({ passwordHash, initial: true }).finish());
  if (!claim) tx.append(ChangeKind.CHANGE_KIND_USERNAME_CLAIMED, `${accountId}/${canonical}`, UsernameClaimed.encode({ username }).finish());
}

/** A first try with the same nonce made the account: who repeats it knows its password. Throws WRONG_CREDENTIALS, TOO_MANY_ATTEMPTS. */
async function checkRepeated({ store, attempts, passwords }: ChatParts, call: CallContext, { accountId, password, passwordHash }: { accountId: string; password: string; passwordHash: string }): Promise<void> {
  const credentials = store.queries.accounts.credentials(accountId);
  if (credentials?.passwordHash === passwordHash) return;
  attempts.take(accountId);
  if (!(await passwords.isRight(call, credentials?.passwordHash, password))) throw new Refusal('WRONG_CREDENTIALS', 'This account exists already, with another password. Sign in with that.');
  attempts.right(accountId);
}

type Named = GetAccountRequest['account'];

function idOf({ store }: ChatParts, named: Named, own: string): string | undefined {
  if (!named) return own;
  if (named.$case === 'accountId') return checkId('account_id', named.value);
  return findByName(store, checkTypedName('username', named.value));
}

/** The account that a typed name means: the one that has it, or with a suffix the one that is shown so. */
export function findByName({ queries }: Pick<Transaction, 'queries'>, typed: TypedName): string | undefined {
  return meant(queries.accounts.claims(typed.canonical), typed)[0]?.accountId;
}

function notFoundText(named: Named): string {
  return named?.$case === 'username' ? `There is no account named “${named.value.slice(0, 64)}”. Check the spelling.` : 'There is no such account.';
}

/** `al` → all that start so; `*a*b` → with wildcards. */
function likeOf(pattern: string): string {
  if (pattern.length > MAX_PATTERN) throw invalid('pattern', `pattern has to be at most ${MAX_PATTERN} characters`);
  const escaped = canonicalUsername(pattern).replace(/[\\%_]/g, '\\$&');
  return pattern.includes('*') ? escaped.replaceAll('*', '%') : `${escaped}%`;
}
