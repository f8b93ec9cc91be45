import type { Account } from '@parley/proto/chat';
import type { AccountView } from './api.ts';
import { SUFFIX } from './own-name.ts';

/**
 * The name that an account leaves by its deletion to a later claim of it, which was told apart by a suffix until then; undefined: to nobody who is known here.
 * Servers tell of the deletion alone, so the heir has to be asked for by this name.
 */
export function freedName(accounts: ReadonlyMap<string, AccountView>, { accountId, deleted }: Account): string | undefined {
  const name = deleted ? accounts.get(accountId)?.username : undefined;
  if (name === undefined || name === '') return undefined;
  const suffixed = `${name}${SUFFIX}`.toLowerCase();
  return [...accounts.values()].some(({ username }) => username.toLowerCase().startsWith(suffixed)) ? name : undefined;
}
