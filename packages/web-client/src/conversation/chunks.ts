import type { MessageView } from '@parley/client/api';
import { type Above, keyOf, NOTHING_ABOVE } from './rows.ts';
import { startsSection } from './sections.ts';

/** As much as is laid out, or taken out of the page, at once: about a screen of messages. */
const MOST_MESSAGES = 64;

/** A stretch of a timeline that is in the page as a whole, or not at all. */
export interface Chunk {
  /** That of its first message when it was made. */
  readonly key: string;
  readonly messages: readonly MessageView[];
  readonly above: Above;
  /** The latest time at which one of its messages was sent. */
  readonly latestAt: number;
  /** It is the first one of a section; see sections.ts. */
  readonly startsSection: boolean;
}

/**
 * Divides a timeline. What was in one chunk of `before` stays in one of the same key, whatever is added above or below, so that nothing in it is made anew and the
 * focus stays where it is; a chunk in which nothing changes is the same object. Only what lies between the first and the last change is divided again.
 */
export function chunksOf(messages: readonly MessageView[], before: readonly Chunk[]): readonly Chunk[] {
  let [start, from] = [0, 0];
  for (let chunk = before[0]; chunk && isAt(messages, from, chunk); chunk = before[start]) {
    from += chunk.messages.length;
    start += 1;
  }
  let [end, to] = [before.length, messages.length];
  for (let chunk = before[end - 1]; end > start && chunk && to - chunk.messages.length >= from && isAt(messages, to - chunk.messages.length, chunk); chunk = before[end - 1]) {
    to -= chunk.messages.length;
    end -= 1;
  }
  if (start > 0 && from < to) {
    // What follows a chunk may have room in it.
    start -= 1;
    from -= before[start]?.messages.length ?? 0;
  }
  const middle = divide(messages.slice(from, to), before.slice(start, end));
  return placed([...before.slice(0, start), ...middle, ...before.slice(end)]);
}

/** Whether the messages from that index on are those of a chunk, unchanged. */
function isAt(messages: readonly MessageView[], from: number, chunk: Chunk): boolean {
  return chunk.messages.every((message, index) => message === messages[from + index]);
}

function divide(messages: readonly MessageView[], before: readonly Chunk[]): readonly Chunk[] {
  const known = new Map(before.map((chunk) => [chunk.key, chunk]));
  const parts: { readonly key: string; readonly messages: MessageView[] }[] = [];
  for (const message of messages) {
    const last = parts.at(-1);
    const isFull = last === undefined || last.messages.length === MOST_MESSAGES;
    // Where 100,000 messages are divided for the first time, making all their names takes longer than the rest.
    if (isFull || (known.size > 0 && known.has(keyOf(message)))) parts.push({ key: keyOf(message), messages: [message] });
    else last.messages.push(message);
  }
  return parts.map((part): Chunk => {
    const held = known.get(part.key);
    if (held?.messages.length === part.messages.length && isAt(part.messages, 0, held)) return held;
    return {
      ...part,
      above: held?.above ?? NOTHING_ABOVE,
      latestAt: Math.max(...part.messages.map(({ sentAt }) => sentAt)),
      startsSection: startsSection(part.key),
    };
  });
}

/** Tells each chunk what stands above it. */
function placed(chunks: readonly Chunk[]): readonly Chunk[] {
  let above = NOTHING_ABOVE;
  return chunks.map((chunk) => {
    const { senderId, sentAt, latestAt } = above;
    const isSame = chunk.above.senderId === senderId && chunk.above.sentAt === sentAt && chunk.above.latestAt === latestAt;
    const here = isSame ? chunk : { ...chunk, above };
    const last = chunk.messages.at(-1);
    above = { senderId: last?.senderId, sentAt: last?.sentAt ?? 0, latestAt: Math.max(latestAt, chunk.latestAt) };
    return here;
  });
}
