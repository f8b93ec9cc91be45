import type { ClientSnapshot, MessageView, TimelineView } from '../api.ts';

/**
 * What a tab shows while the next engine has not loaded again what the last one showed: nothing that was on the screen goes from it. `held` is the
 * last engine's last snapshot, of the same account. Gives `now` itself once that has everything.
 */
export function holdOver(held: ClientSnapshot, now: ClientSnapshot): ClientSnapshot {
  const timelines = new Map(now.timelines);
  for (const [conversationId, before] of held.timelines) {
    const after = now.timelines.get(conversationId);
    if (!isLoaded(before, after)) timelines.set(conversationId, join(before, after));
  }
  const isComplete = now.conversations !== undefined && [...timelines].every(([conversationId, timeline]) => now.timelines.get(conversationId) === timeline);
  if (isComplete) return now;
  return {
    ...now,
    accounts: now.accounts.length > 0 ? now.accounts : held.accounts,
    conversations: now.conversations ?? held.conversations,
    timelines,
  };
}

/** It shows something of what was shown before, or has more than it shows. */
function isLoaded(before: TimelineView, after: TimelineView | undefined): boolean {
  const placed = new Set(before.messages.filter(isPlaced).map(keyOf));
  return placed.size === 0 || after?.more === true || (after?.messages.some((message) => placed.has(keyOf(message))) ?? false);
}

/** A server has it; what is only on its way is known before anything is loaded. */
function isPlaced({ delivery }: MessageView): boolean {
  return delivery === undefined || delivery.status === 'stored';
}

function join(before: TimelineView, after: TimelineView | undefined): TimelineView {
  const sending = after?.messages ?? [];
  const keys = new Set(sending.map(keyOf));
  return { ...before, messages: [...before.messages.filter((message) => !keys.has(keyOf(message))), ...sending] };
}

function keyOf({ senderId, messageId }: MessageView): string {
  return `${senderId}/${messageId}`;
}
