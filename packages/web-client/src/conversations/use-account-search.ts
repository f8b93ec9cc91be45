import type { AccountView } from '@parley/client/api';
import { useEffect, useState } from 'react';
import { useParley, useSnapshot } from '../use-parley.ts';

/** A pause in typing: a call for each letter would be a waste. */
const SEARCH_AFTER_MS = 150;

/** The accounts that match `query` (all for an empty one). While a server is asked, and when none answers, those at hand whose name starts so. */
export function useAccountSearch(query: string): readonly AccountView[] {
  const parley = useParley();
  const accounts = useSnapshot((snapshot) => snapshot.accounts);
  const [answer, setAnswer] = useState<{ readonly query: string; readonly accounts: readonly AccountView[] }>();

  useEffect(() => {
    if (query === '') return undefined;
    let outdated = false;
    const search = async (): Promise<void> => {
      try {
        const found = await parley.searchAccounts(query);
        if (!outdated) setAnswer({ query, accounts: found });
      } catch {
        // The accounts at hand stay; the connection notice says why there are no more.
      }
    };
    const timer = window.setTimeout(() => void search(), SEARCH_AFTER_MS);
    return () => {
      outdated = true;
      window.clearTimeout(timer);
    };
  }, [parley, query]);

  if (query === '') return accounts;
  if (answer?.query === query) return answer.accounts;
  const start = query.toLocaleLowerCase();
  return accounts.filter((account) => account.username.toLocaleLowerCase().startsWith(start));
}
