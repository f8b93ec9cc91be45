import type { MessageView } from '@parley/client/api';
import { memo, type RefCallback, useMemo } from 'react';
import { dayHeading } from '../times.ts';
import { words } from '../words.ts';
import type { Chunk } from './chunks.ts';
import { type MessageActions, MessageItem } from './message-item.tsx';
import { rowsOf } from './rows.ts';

interface StretchProps {
  readonly chunk: Chunk;
  /** It is far from what is seen, and so high; undefined: it is in the page. */
  readonly awayPx: number | undefined;
  /** For the element; see useChunks. */
  readonly observe: RefCallback<HTMLElement>;
  readonly firstNewKey: string | undefined;
  readonly tabStop: string | undefined;
  /** Midnight, local time, before now. */
  readonly today: number;
  readonly otherName: string;
  readonly actions: MessageActions;
  readonly onReach: (message: MessageView) => void;
}

/** A stretch of a timeline: its messages with day headings, or where it is far away, its place only. It renders again only when something of that changes. */
export const Stretch = memo(function Stretch({ chunk, awayPx, observe, firstNewKey, tabStop, today, otherName, actions, onReach }: StretchProps) {
  const isHere = awayPx === undefined;
  const rows = useMemo(() => (isHere ? rowsOf(chunk.messages, firstNewKey, chunk.above) : []), [chunk, firstNewKey, isHere]);
  return (
    <ol ref={observe} className="messages" data-chunk={chunk.key} style={{ blockSize: awayPx }}>
      {rows.map((row) => {
        switch (row.kind) {
          case 'day':
            return (
              <li key={row.key} className="day">
                <span>{dayHeading(row.at, today)}</span>
              </li>
            );
          case 'new':
            return (
              <li key={row.key} className="new-line" data-new-line>
                <span>{words.conversation.newLine}</span>
              </li>
            );
          case 'message':
            return (
              <MessageItem
                key={row.key}
                message={row.message}
                startsGroup={row.startsGroup}
                sender={row.message.mine ? words.conversation.you : otherName}
                answered={answersOneself(row.message) ? words.conversation.answeredYou : otherName}
                tabStop={row.key === tabStop}
                actions={actions}
                onReach={onReach}
              />
            );
        }
      })}
    </ol>
  );
});

/** Of the two who talk, did one's own account send what the message answers? */
function answersOneself({ mine, senderId, replyTo }: MessageView): boolean {
  return (replyTo?.senderId === senderId) === mine;
}
