import type { ServerMove, ServerView } from '@parley/client/api';
import { openerIdOf } from '../route.ts';
import { duration, preciseTime } from '../times.ts';
import { Panel } from '../ui/panel.tsx';
import { useClock } from '../ui/use-clock.ts';
import { useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { AddServer } from './add-server.tsx';
import { liveCount } from './server-count.tsx';
import { ServerRow } from './server-row.tsx';

const SECOND_MS = 1_000;

/** The servers of the cluster, which one is in use, and how this page moved between them. */
export function ServersPanel({ onClose }: { readonly onClose: () => void }) {
  const servers = useSnapshot((snapshot) => snapshot.servers);
  const moves = useSnapshot((snapshot) => snapshot.moves);
  return (
    <Panel title={words.servers.title} openerId={openerIdOf('servers')} onClose={onClose}>
      <AddServer count={liveCount(servers)} />
      <ServerList servers={servers} />
      {servers.some(({ health, lagChanges }) => health !== 'dead' && lagChanges) && <p className="hint">{words.servers.lagHint}</p>}
      <section className="section">
        <h3>{words.servers.moves}</h3>
        {moves.length === 0 ? <p className="quiet">{words.servers.noMoves}</p> : <MoveList moves={moves} />}
      </section>
      <p className="hint section">{words.servers.bookmark}</p>
    </Panel>
  );
}

function ServerList({ servers }: { readonly servers: readonly ServerView[] }) {
  // 'last seen 12 s ago' counts on while nothing else happens.
  const anyDead = servers.some((server) => server.health === 'dead');
  const now = useClock((time) => (anyDead ? (Math.floor(time / SECOND_MS) + 1) * SECOND_MS : undefined));
  const reference = servers.find((server) => server.inUse)?.name;
  return (
    <ul className="servers">
      {servers.map((server) => (
        <ServerRow key={server.url} server={server} now={now} reference={reference} />
      ))}
    </ul>
  );
}

function MoveList({ moves }: { readonly moves: readonly ServerMove[] }) {
  return (
    <ol className="moves">
      {moves.map((move) => (
        <li key={`${move.at} ${move.to}`}>
          <time dateTime={new Date(move.at).toISOString()}>{preciseTime(move.at)}</time>
          <span>{moveText(move)}</span>
        </li>
      ))}
    </ol>
  );
}

function moveText({ from, to, tookMs, cause }: ServerMove): string {
  const text = cause === 'aside' ? words.servers.movedAside : words.servers.moved;
  return text(from, to, duration(tookMs));
}
