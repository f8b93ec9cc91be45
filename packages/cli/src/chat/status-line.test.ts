import type { ClientSnapshot, ServerView } from '@parley/client/api';
import { moveLine, statusLine } from './status-line.ts';

const server = (name: string, change: Partial<ServerView> = {}): ServerView => ({
  url: `${name}:50051`, name, health: 'live', inUse: false, roundTripMs: 3.6, lagChanges: 0, lagMs: 0, version: '0.1.0', clockOffsetMs: 0, alarms: [], lastSeenAt: 0, ...change,
});

const snapshot = (change: Partial<ClientSnapshot> = {}): ClientSnapshot => ({
  session: { status: 'signed-in', accountId: 'a', username: 'alice' }, connection: { status: 'live' }, servers: [server('server1'), server('server2', { inUse: true }), server('server3')],
  moves: [], accounts: [], conversations: [], timelines: new Map(), unsent: 0, ...change,
} as ClientSnapshot);

const unread = { conversationId: 'c', other: { accountId: 'b', username: 'bob', deleted: false }, lastMessage: undefined, unreadCount: 2, typing: false };

test('the server in use, what is unread or not safe, and how many are live', () => {
  expect(statusLine(snapshot(), 0)).toBe('alice · server2 4 ms · 3 of 3 servers live');
  expect(statusLine(snapshot({ conversations: [unread, unread], unsent: 1, servers: [server('server1', { inUse: true, roundTripMs: 0.2 }), server('server2', { health: 'dead' })] }), 0))
    .toBe('alice · server1 <1 ms · 4 unread · 1 not safe yet · 1 of 2 servers live');
  expect(statusLine(snapshot({ session: { status: 'signed-out', reason: undefined }, connection: { status: 'idle' }, servers: [server('server1', { health: 'unknown', roundTripMs: undefined })] }), 0))
    .toBe('signed out · Reconnecting… · 0 of 1 server live');
});

test('no server answers: from 3 s on what that means, with how many messages wait', () => {
  const gap = (unsent: number): ClientSnapshot => snapshot({ connection: { status: 'reconnecting', since: 1_000, lastContactAt: undefined }, unsent });
  expect(statusLine(gap(0), 3_999)).toBe('alice · Reconnecting… · 3 of 3 servers live');
  expect(statusLine(gap(0), 4_000)).toMatch(/^Can't reach any server\. What you send is saved on this device and sent automatically\./);
  expect(statusLine(gap(2), 4_000)).toMatch(/^Can't reach any server\. 2 messages are saved/);
});

test('a move, with how long it took', () => {
  const at = new Date(2026, 10, 25, 14, 2, 11).getTime();
  expect(moveLine({ at, from: 'server1', to: 'server2', tookMs: 35.4, cause: 'silent' })).toBe('14:02:11 server1 stopped answering; moved to server2 in 35 ms');
  expect(moveLine({ at, from: 'server1', to: 'server2', tookMs: 6_432, cause: 'aside' })).toMatch(/server1 stepped aside; moved to server2 in 6\.4 s$/);
});
