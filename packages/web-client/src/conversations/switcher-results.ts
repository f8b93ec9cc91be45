import type { AccountView, ConversationView } from '@parley/client/api';
import { nameOf } from '../name.ts';

/** What fits into a small window without scrolling. */
const RESULTS_MAX = 8;

/** Somewhere that the switcher leads to. */
export interface Destination {
  readonly account: AccountView;
  readonly name: string;
  readonly unreadCount: number;
}

/**
 * Conversations, the newest first, then people without one. With a query only those that have it in their names or that a server found, names that start with it
 * first. `found`: accounts that match the query.
 */
export function destinations(query: string, conversations: readonly ConversationView[], found: readonly AccountView[], self: string): readonly Destination[] {
  const wanted = query.toLocaleLowerCase();
  const foundIds = new Set(found.map((account) => account.accountId));
  const talkedTo = new Set(conversations.map(({ other }) => other.accountId));
  const all: readonly Destination[] = [
    ...conversations.map(({ other, unreadCount }) => ({ account: other, name: nameOf(other, self), unreadCount })),
    ...found.filter(({ accountId }) => !talkedTo.has(accountId)).map((account) => ({ account, name: nameOf(account, self), unreadCount: 0 })),
  ];
  const matching = all.filter(({ account, name }) => foundIds.has(account.accountId) || name.toLocaleLowerCase().includes(wanted));
  const starting = ({ name }: Destination): boolean => name.toLocaleLowerCase().startsWith(wanted);
  return [...matching.filter(starting), ...matching.filter((one) => !starting(one))].slice(0, RESULTS_MAX);
}
