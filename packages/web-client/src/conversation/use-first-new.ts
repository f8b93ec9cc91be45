import type { MessageView } from '@parley/client/api';
import { useState } from 'react';
import { keyOf } from './rows.ts';

/** Where the line above the new messages stands. */
export interface NewLine {
  readonly opened: boolean;
  /** The first message below the line; undefined: there is no line. */
  readonly key: string | undefined;
  readonly newestKey: string | undefined;
}

export const NO_LINE: NewLine = { opened: false, key: undefined, newestKey: undefined };

/**
 * The line after a change. It is drawn at what was unread when the conversation was opened, or came while nobody looked;
 * it stays when that is read, so that it can be found, and goes when one answers. The same object when nothing changes.
 */
export function newLineAfter(line: NewLine, messages: readonly MessageView[] | undefined, watching: boolean): NewLine {
  const newest = messages?.at(-1);
  if (messages === undefined || newest === undefined) return line;
  const newestKey = keyOf(newest);
  const unread = messages.find((message) => message.unread);
  const unreadKey = unread && keyOf(unread);

  let { key } = line;
  const lineIsRead = !messages.some((message) => message.unread && keyOf(message) === key);
  if (newest.mine && newestKey !== line.newestKey && line.opened) key = undefined;
  else if (unreadKey !== undefined && lineIsRead && (!line.opened || !watching)) key = unreadKey;
  return line.opened && key === line.key && newestKey === line.newestKey ? line : { opened: true, key, newestKey };
}

/** The key of the message above which the line stands, if there is one. */
export function useFirstNew(messages: readonly MessageView[] | undefined, watching: boolean): string | undefined {
  const [line, setLine] = useState(NO_LINE);
  const next = newLineAfter(line, messages, watching);
  // During rendering, not after it: the line has to be there when the timeline is first placed.
  if (next !== line) setLine(next);
  return next.key;
}
