import type { MessageView } from '@parley/client/api';
import { useMemo, useState } from 'react';
import { keyOf, lastIndexOf, namedBy } from './rows.ts';
import { UnreadFinder } from './unread-finder.ts';

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

/** The messages of a timeline, and which of them are unread, in their order. */
export interface News {
  readonly messages: readonly MessageView[];
  readonly unread: readonly MessageView[];
}

/**
 * The line after a change. It is drawn at what was unread when the conversation was opened, came while nobody looked, or arrived late;
 * it stays when that is read, so that it can be found, and goes when one answers. The same object when nothing changes.
 * `news`: undefined while nothing is loaded.
 */
export function newLineAfter(line: NewLine, news: News | undefined, watching: boolean): NewLine {
  const newest = news?.messages.at(-1);
  if (news === undefined || newest === undefined) return line;
  const { messages, unread } = news;
  const newestKey = keyOf(newest);
  const unreadKey = unread[0] && keyOf(unread[0]);

  let { key, late } = line;
  const lineIsRead = !unread.some((message) => keyOf(message) === key);
  // Where the first unread one is gone, as deleted, the next has become the first, and is not late.
  const isLate = unreadKey !== line.unreadKey && standsBefore(messages, unreadKey, line.unreadKey ?? line.newestKey);
  const lateIsGone = late && key !== undefined && lastIndexOf(messages, namedBy(key)) === -1;
  // Nobody could be led to it, and the others would stay unread.
  if (lateIsGone) {
    key = undefined;
    late = false;
  }
  if (newest.mine && newestKey !== line.newestKey && line.opened) {
    key = undefined;
    late = false;
  } else if (unreadKey !== undefined && (isLate || (lineIsRead && (!line.opened || (!watching && !newest.mine))))) {
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
  const [finder] = useState(() => new UnreadFinder());
  const news = useMemo(() => messages && { messages, unread: finder.unreadIn(messages) }, [messages, finder]);
  const [line, setLine] = useState(NO_LINE);
  const next = newLineAfter(line, news, watching);
  // During rendering, not after it: the line has to be there when the timeline is first placed.
  if (next !== line) setLine(next);
  return next;
}
