import type { AccountView, ClientSnapshot, ConversationView, MessageView, ServerMove, ServerView, TimelineView } from '../api.ts';
import { diffList, type ListPatch, patchList } from './list-patch.ts';

/**
 * What changed from one snapshot to the next. Parts that are not here are as they were; of lists only the items that are new cross, so that
 * in the tab too whatever did not change keeps its identity.
 */
export interface SnapshotPatch {
  /** Parts that cross as a whole: they are small. */
  readonly whole: Partial<Pick<ClientSnapshot, WholePart>>;
  readonly servers?: ListPatch<ServerView>;
  readonly moves?: ListPatch<ServerMove>;
  readonly accounts?: ListPatch<AccountView>;
  /** `undefined` in it: not loaded, as after signing out. */
  readonly conversations?: { readonly list: ListPatch<ConversationView> | undefined };
  readonly timelines?: TimelinesPatch;
}

interface TimelinesPatch {
  readonly closed: readonly string[];
  /** By conversation id, those that changed. */
  readonly changed: ReadonlyMap<string, TimelinePatch>;
}

interface TimelinePatch {
  readonly messages: ListPatch<MessageView>;
  readonly more: boolean;
  readonly loading: boolean;
}

const WHOLE = ['session', 'connection', 'unsent', 'sharedName'] as const;
type WholePart = (typeof WHOLE)[number];

const NO_TIMELINE: TimelineView = { messages: [], more: false, loading: false };

export function diffSnapshots(before: ClientSnapshot, after: ClientSnapshot): SnapshotPatch {
  const changed = (part: keyof ClientSnapshot): boolean => before[part] !== after[part];
  return {
    whole: Object.fromEntries(WHOLE.filter(changed).map((part) => [part, after[part]])),
    ...(changed('servers') && { servers: diffList(before.servers, after.servers) }),
    ...(changed('moves') && { moves: diffList(before.moves, after.moves) }),
    ...(changed('accounts') && { accounts: diffList(before.accounts, after.accounts) }),
    ...(changed('conversations') && { conversations: { list: after.conversations && diffList(before.conversations ?? [], after.conversations) } }),
    ...(changed('timelines') && { timelines: diffTimelines(before.timelines, after.timelines) }),
  };
}

export function patchSnapshot(before: ClientSnapshot, { whole, servers, moves, accounts, conversations, timelines }: SnapshotPatch): ClientSnapshot {
  return {
    ...before,
    ...whole,
    ...(servers && { servers: patchList(before.servers, servers) }),
    ...(moves && { moves: patchList(before.moves, moves) }),
    ...(accounts && { accounts: patchList(before.accounts, accounts) }),
    ...(conversations && { conversations: conversations.list && patchList(before.conversations ?? [], conversations.list) }),
    ...(timelines && { timelines: patchTimelines(before.timelines, timelines) }),
  };
}

function diffTimelines(before: ClientSnapshot['timelines'], after: ClientSnapshot['timelines']): TimelinesPatch {
  const closed = [...before.keys()].filter((conversationId) => !after.has(conversationId));
  const changed = [...after].filter(([conversationId, timeline]) => before.get(conversationId) !== timeline).map(([conversationId, { messages, more, loading }]): [string, TimelinePatch] => [
    conversationId,
    { messages: diffList((before.get(conversationId) ?? NO_TIMELINE).messages, messages), more, loading },
  ]);
  return { closed, changed: new Map(changed) };
}

function patchTimelines(before: ClientSnapshot['timelines'], { closed, changed }: TimelinesPatch): ClientSnapshot['timelines'] {
  const timelines = new Map(before);
  for (const conversationId of closed) timelines.delete(conversationId);
  for (const [conversationId, { messages, more, loading }] of changed) {
    timelines.set(conversationId, { messages: patchList((before.get(conversationId) ?? NO_TIMELINE).messages, messages), more, loading });
  }
  return timelines;
}
