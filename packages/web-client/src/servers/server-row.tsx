import type { ServerAlarm, ServerView } from '@parley/client/api';
import { age, duration, lagTime, roundTrip } from '../times.ts';
import { WarningIcon } from '../ui/icons.tsx';
import { words } from '../words.ts';

/** One server: its state in words, how far it is, how far behind, and what its operator has to look at. `reference`: the name of the one that tells. */
export function ServerRow({ server, now, reference }: { readonly server: ServerView; readonly now: number; readonly reference: string | undefined }) {
  return (
    <li className={server.inUse ? 'server server-in-use' : 'server'} aria-current={server.inUse ? 'true' : undefined}>
      <span className={`dot dot-${server.health}`} aria-hidden="true" />
      <div className="server-name">
        <strong>{server.name}</strong>
        {server.inUse && <span className="tag">{words.servers.here}</span>}
      </div>
      <span className={`server-state state-${server.health}`}>{words.servers.health[server.health]}</span>
      <p className="server-facts">{factsOf(server, now).join(' · ')}</p>
      {server.alarms.map((alarm) => (
        <p key={alarm} className="server-alarm">
          <WarningIcon />
          <span>{alarmText(alarm, server, reference)}</span>
        </p>
      ))}
      <p className="server-about">
        <ServerAddress url={server.url} />
        {server.version !== undefined && <span>{words.servers.version(server.version)}</span>}
      </p>
    </li>
  );
}

/** The address as a link: every server serves the same page. */
function ServerAddress({ url }: { readonly url: string }) {
  if (!/^https?:\/\//.test(url)) return <span className="server-address">{url}</span>;
  return (
    <a className="server-address" href={url} target="_blank" rel="noreferrer">
      {url.replace(/^https?:\/\//, '')}
    </a>
  );
}

function alarmText(alarm: ServerAlarm, { clockOffsetMs = 0 }: ServerView, reference: string | undefined): string {
  if (alarm === 'clock') return words.servers.alarms.clock(duration(Math.abs(clockOffsetMs)), clockOffsetMs > 0, reference);
  return words.servers.alarms[alarm];
}

function factsOf({ health, roundTripMs, lagChanges, lagMs, lastSeenAt }: ServerView, now: number): readonly string[] {
  if (health === 'dead') return [lastSeenAt === undefined ? words.servers.neverSeen : words.servers.lastSeen(age(now - lastSeenAt))];
  const facts: string[] = [];
  if (roundTripMs !== undefined) facts.push(roundTrip(roundTripMs));
  if (lagChanges !== undefined) facts.push(lagChanges === 0 ? words.servers.upToDate : words.servers.lag(lagChanges, lagMs === undefined ? undefined : lagTime(lagMs)));
  return facts;
}
