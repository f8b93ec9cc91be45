import type { MessageView } from '@parley/client/api';
import { memo, useId } from 'react';
import { clockTime } from '../times.ts';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { words } from '../words.ts';
import { DeliveryMark } from './delivery.tsx';
import { LinkText } from './link-text.tsx';

/** What can be done with a message; the same object while the conversation is open. */
export interface MessageActions {
  readonly onDeleteForMe: (message: MessageView) => void;
  readonly onDeleteForEveryone: (message: MessageView) => void;
  /** Takes a failed message back into the composer; undefined where there is none. */
  readonly onEdit: ((message: MessageView) => void) | undefined;
  /** Sends a failed message once more. */
  readonly onRetry: (message: MessageView) => void;
  readonly onDiscard: (message: MessageView) => void;
}

interface MessageItemProps {
  readonly message: MessageView;
  /** The first of a group: the sender is named. */
  readonly startsGroup: boolean;
  readonly sender: string;
  /** Tab stops at one message only; arrow keys lead to the others. */
  readonly tabStop: boolean;
  readonly actions: MessageActions;
  /** The focus is on this message's actions. */
  readonly onReach: (message: MessageView) => void;
}

/** One message: its text, its time and, for one's own, how far it has come. */
export const MessageItem = memo(function MessageItem({ message, startsGroup, sender, tabStop, actions, onReach }: MessageItemProps) {
  const textId = useId();
  const { delivery, mine, deleted } = message;
  const onServer = delivery?.status !== 'sending' && delivery?.status !== 'failed';
  const classes = [
    'message',
    mine ? 'message-mine' : 'message-theirs',
    startsGroup && 'message-first',
    deleted && 'message-deleted',
    delivery?.status === 'failed' && 'message-failed',
  ];
  return (
    <li className={classes.filter(Boolean).join(' ')} data-message-id={message.messageId}>
      <div className="bubble">
        {startsGroup && <span className="spoken-only">{sender}: </span>}
        <p id={textId} className="message-text" dir="auto">
          {deleted ? words.conversation.deleted : <LinkText text={message.text} />}
        </p>
        <p className="message-meta">
          <time dateTime={new Date(message.sentAt).toISOString()}>{clockTime(message.sentAt)}</time>
          {mine && !deleted && (
            <DeliveryMark
              delivery={delivery}
              onEdit={actions.onEdit && (() => actions.onEdit?.(message))}
              onRetry={() => actions.onRetry(message)}
              onDiscard={() => actions.onDiscard(message)}
            />
          )}
        </p>
      </div>
      {onServer && (
        <Menu
          name={words.conversation.actions}
          items={menuOf(message, actions)}
          describedBy={textId}
          tabIndex={tabStop ? 0 : -1}
          onFocus={() => onReach(message)}
        />
      )}
    </li>
  );
});

function menuOf(message: MessageView, actions: MessageActions): readonly MenuItem[] {
  const forMe = { name: words.conversation.deleteForMe, run: () => actions.onDeleteForMe(message) };
  if (!message.mine || message.deleted) return [forMe];
  return [forMe, { name: words.conversation.deleteForEveryone, danger: true, run: () => actions.onDeleteForEveryone(message) }];
}
