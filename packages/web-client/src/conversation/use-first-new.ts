import type { MessageView } from '@parley/client/api';
import { useState } from 'react';
import { keyOf, lastIndexOf, namedBy } from './rows.ts';

/** Where the line above the new messages stands. */
export interface NewLine {
  readonly opened: boolean;
  /** The first message below the line; undefined: there is no line. */
  readonly key: string | undefined;
  /** What is below the line arrived late, above messages that were there: somebody at the end has not seen it. */
  readonly late: boolean;
  /** The first unread message, and the newest one, when this was made. */
  readonly unreadKey: string | undefined;
  readonly newestKey: string | undefined;
}

export const NO_LINE: NewLine = { opened: false, key: undefined, late: false, unreadKey: undefined, newestKey: undefined };

/**
 * The line after a change. It is drawn at what was unread when the conversation was opened, came while nobody looked, or arrived late;
 * it stays when that is read, so that it can be found, and goes when one answers. The same object when nothing changes.
 */
export function newLineAfter(line: NewLine, messages: readonly MessageView[] | undefined, watching: boolean): NewLine {
  const newest = messages?.at(-1);
  if (messages === undefined || newest === undefined) return line;
  const newestKey = keyOf(newest);
  const unread = messages.find((message) => message.unread);
  const unreadKey = unread && keyOf(unread);

  let { key, late } = line;
  const lineIsRead = !messages.some((message) => message.unread && keyOf(message) === key);
  const isLate = unreadKey !== line.unreadKey && standsBefore(messages, unreadKey, line.newestKey);
  if (newest.mine && newestKey !== line.newestKey && line.opened) {
    key = undefined;
    late = false;
  } else if (unreadKey !== undefined && (isLate || (lineIsRead && (!line.opened || !watching)))) {
    key = unreadKey;
    late = isLate;
  }
  const isSame = line.opened && key === line.key && late === line.late && unreadKey === line.unreadKey && newestKey === line.newestKey;
  return isSame ? line : { opened: true, key, late, unreadKey, newestKey };
}

/** Both are there, the one above the other. */
function standsBefore(messages: readonly MessageView[], key: string | undefined, laterKey: string | undefined): boolean {
  if (key === undefined || laterKey === undefined) return false;
  const at = lastIndexOf(messages, namedBy(key));
  return at !== -1 && lastIndexOf(messages, namedBy(laterKey)) > at;
}

/** The line above what is new in an open conversation. */
export function useFirstNew(messages: readonly MessageView[] | undefined, watching: boolean): NewLine {
  const [line, setLine] = useState(NO_LINE);
  const next = newLineAfter(line, messages, watching);
  // During rendering, not after it: the line has to be there when the timeline is first placed.
  if (next !== line) setLine(next);
  return next;
}
