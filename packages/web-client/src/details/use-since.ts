import { dayWithYear } from '../times.ts';
import { useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';

/** The day of a conversation's first message, or that it is before what is loaded; undefined where there is none. */
export function useSince(conversationId: string): string | undefined {
  const first = useSnapshot((snapshot) => snapshot.timelines.get(conversationId)?.messages[0]);
  const more = useSnapshot((snapshot) => snapshot.timelines.get(conversationId)?.more ?? false);
  if (first === undefined) return undefined;
  const day = dayWithYear(first.sentAt);
  return more ? words.details.before(day) : day;
}
