import type { ChatServiceDefinition } from '@parley/proto/chat';
import { ChangeKind, CredentialsSet } from '@parley/proto/replication';
import { Refusal } from '../errors.ts';
import type { Handlers } from '../grpc/handlers.ts';
import type { ChangeRecord } from '../store/change.ts';
import type { Transaction } from '../store/store.ts';
import { acknowledge } from './acknowledge.ts';
import { checkNewPassword, checkPassword } from './fields.ts';
import type { ChatParts } from './parts.ts';
import { cover } from './seen.ts';
import { checkTypedName, meant } from './usernames.ts';
import { accountView } from './views.ts';

type Methods = 'logIn' | 'logOut' | 'changePassword';

export function sessionHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, Methods> {
  const { store, sessions, attempts, passwords, hub } = parts;
  return {
    logIn: async (request, call) => {
      checkPassword('password', request.password);
      const typed = checkTypedName('username', request.username);
      const seen = await cover(parts, request.seen);
      // After a partition two accounts may claim one name: either signs in with it, told apart by the password.
      const candidates = meant(store.queries.accounts.claims(typed.canonical), typed).map(({ accountId }) => accountId);
      const tried: string[] = [];
      for (const accountId of candidates.length > 0 ? candidates : [typed.canonical]) {
        attempts.take(accountId);
        const credentials = store.queries.accounts.credentials(accountId);
        if (!(await passwords.isRight(call, credentials?.passwordHash, request.password)) || !credentials) {
          tried.push(accountId);
          continue;
        }
        attempts.right(accountId);
        for (const other of tried) attempts.giveBack(other);
        return { account: accountView(store.queries, accountId), ...sessions.make(accountId, credentials.generation), seen: seen.cursor() };
      }
      throw seen.missing(new Refusal('WRONG_CREDENTIALS', 'Wrong username or password. Check both, or create an account.'));
    },

    logOut: async (request, call) => {
      const seen = await cover(parts, request.seen);
      const session = sessions.of(call);
      if (!request.everywhere) {
        hub.endSession(session.sessionId);
        return { copies: undefined, seen: seen.cursor() };
      }
      // The same password under a newer stamp: sessions made under the older one are over.
      const { last } = await store.write((tx) => setPassword(tx, session.accountId, tx.queries.accounts.credentials(session.accountId)?.passwordHash ?? ''));
      return { copies: last && (await acknowledge(parts, call, last)), seen: seen.cursor() };
    },

    changePassword: async (request, call) => {
      checkPassword('old_password', request.oldPassword);
      checkNewPassword('new_password', request.newPassword);
      const seen = await cover(parts, request.seen);
      const { accountId, sessionId } = sessions.of(call);
      attempts.take(`signed in: ${accountId}`);
      if (!(await passwords.isRight(call, store.queries.accounts.credentials(accountId)?.passwordHash, request.oldPassword))) {
        throw new Refusal('WRONG_PASSWORD', 'The old password is wrong. Enter the one that you sign in with.');
      }
      attempts.right(`signed in: ${accountId}`);
      const passwordHash = await passwords.hash(call, request.newPassword);
      const { result, last } = await store.write((tx) => setPassword(tx, accountId, passwordHash));
      const token = sessions.make(accountId, result.header.hlc, sessionId);
      return { ...token, copies: last && (await acknowledge(parts, call, last)), seen: seen.cursor() };
    },
  };
}

function setPassword(tx: Transaction, accountId: string, passwordHash: string): ChangeRecord {
  return tx.append(ChangeKind.CHANGE_KIND_CREDENTIALS_SET, accountId, CredentialsSet.encode({ passwordHash, initial: false }).finish());
}
