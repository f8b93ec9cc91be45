import type { ServerView } from '@parley/client/api';
import { useId } from 'react';
import { openerIdOf } from '../route.ts';
import { useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';

/** How many servers answer, of how many, in words. */
export function liveCount(servers: readonly ServerView[]): string {
  const live = servers.filter((server) => server.health === 'live').length;
  if (live > 0) return words.servers.liveCount(live, servers.length);
  return servers.every((server) => server.health === 'unknown') ? words.servers.looking : words.servers.noneAnswers;
}

/** The state of all servers as one dot: all live, some, or none. */
function overall(servers: readonly ServerView[]): 'live' | 'suspect' | 'dead' | 'unknown' {
  if (servers.every((server) => server.health === 'unknown')) return 'unknown';
  if (servers.every((server) => server.health === 'live')) return 'live';
  return servers.some((server) => server.health === 'live') ? 'suspect' : 'dead';
}

/** The button that opens the servers panel, with the count beside it. */
export function ServerCount({ onOpen, open = false }: { readonly onOpen: () => void; readonly open?: boolean }) {
  const servers = useSnapshot((snapshot) => snapshot.servers);
  const countId = useId();
  return (
    <div className="server-count">
      <span className={`dot dot-${overall(servers)}`} aria-hidden="true" />
      <button type="button" id={openerIdOf('servers')} className="link-button" aria-expanded={open} aria-describedby={countId} onClick={onOpen}>
        {words.servers.title}
      </button>
      <span id={countId} className="quiet">
        {liveCount(servers)}
      </span>
    </div>
  );
}
