import type { ClientSnapshot } from '@parley/client/api';
import { printableLine } from '../printable.ts';
import { roundTripWords } from '../server-words.ts';

/** No server answers for so long: people are told what that means for them. */
const CANNOT_REACH_MS = 3_000;

/** How things are, in one line: `alice · server2 4 ms · 2 unread · 3 of 3 servers live`. */
export function statusLine(snapshot: ClientSnapshot, now: number): string {
  const { connection, servers, session, unsent, conversations } = snapshot;
  if (connection.status === 'reconnecting' && now - connection.since >= CANNOT_REACH_MS) {
    return unsent > 0
      ? `Can't reach any server. ${count(unsent, 'message is', 'messages are')} saved on this device and will be sent automatically. /try tries now.`
      : "Can't reach any server. What you send is saved on this device and sent automatically. /try tries now.";
  }
  const inUse = servers.find((server) => server.inUse);
  const unread = conversations?.reduce((sum, conversation) => sum + conversation.unreadCount, 0) ?? 0;
  const sending = unsent > 0 ? `${unsent} not safe yet` : '';
  return [
    session.status === 'signed-in' ? printableLine(session.username) : 'signed out',
    connection.status === 'reconnecting' || !inUse ? 'Reconnecting…' : `${printableLine(inUse.name)} ${roundTripWords(inUse.roundTripMs)}`.trim(),
    unread > 0 ? `${unread} unread` : '',
    sending,
    `${servers.filter((server) => server.health === 'live').length} of ${count(servers.length, 'server', 'servers')} live`,
  ].filter((part) => part !== '').join(' · ');
}

/** `14:02:11 server1 stopped answering; moved to server2 in 0.4 s`. */
export function moveLine({ at, from, to, tookMs, cause }: ClientSnapshot['moves'][number]): string {
  const time = new Date(at).toTimeString().slice(0, 8);
  return `${time} ${printableLine(from)} ${cause === 'aside' ? 'stepped aside' : 'stopped answering'}; moved to ${printableLine(to)} in ${tookMs < 1_000 ? `${Math.round(tookMs)} ms` : `${(tookMs / 1_000).toFixed(1)} s`}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
