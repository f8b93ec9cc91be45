import type { AccountView, ServerView } from '@parley/client/api';

/** An account that is there, with an id that tells its name. */
export const account = (username: string): AccountView => ({ accountId: `account-${username}`, username, deleted: false });

/** A server that is live and answers well, but for `changes`. */
export function server(name: string, changes: Partial<ServerView> = {}): ServerView {
  return { url: `http://${name}.example`, name, health: 'live', inUse: false, roundTripMs: 4, lagChanges: 0, lagMs: 0, version: '0.1.0', clockOffsetMs: 0, alarms: [], lastSeenAt: Date.now(), ...changes };
}
