import type { AccountView } from '@parley/client/api';
import { words } from './words.ts';

/** The name to show for an account; `self`: the id of one's own. */
export function nameOf(account: AccountView, self: string): string {
  if (account.deleted) return words.deletedAccount;
  return account.accountId === self ? words.yourself(account.username) : account.username;
}
