import type { ServerView } from '@parley/client/api';
import { type Preference, usePreference } from '../settings/preference.ts';
import { Button } from '../ui/button.tsx';
import { useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';

const HINT: Preference<'to-tell' | 'told'> = { key: 'parley.bookmark-hint', values: ['to-tell', 'told'] };

/**
 * On plain http a browser keeps no copy of the page, so that it cannot be loaded while the server of its address is down. People are told of a
 * second address before that happens, until they say that they know.
 */
export function BookmarkHint() {
  const [hint, setHint] = usePreference(HINT);
  const signedIn = useSnapshot((snapshot) => snapshot.session.status === 'signed-in');
  const servers = useSnapshot((snapshot) => snapshot.servers);
  const other = servers.find(isElsewhere);
  if (hint === 'told' || window.isSecureContext !== false || !signedIn || other === undefined) return null;
  return (
    <section className="page-notice" aria-label={words.bookmarkHint.region}>
      <p>
        {words.bookmarkHint.text}{' '}
        <a href={other.url} target="_blank" rel="noreferrer">
          {other.url}
        </a>
      </p>
      <Button onClick={() => setHint('told')}>{words.bookmarkHint.dismiss}</Button>
    </section>
  );
}

function isElsewhere({ url, health }: ServerView): boolean {
  return health === 'live' && /^https?:/.test(url) && new URL(url).origin !== window.location.origin;
}
