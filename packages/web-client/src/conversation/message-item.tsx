import type { MessageKey, MessageView } from '@parley/client/api';
import { memo, useId, useState } from 'react';
import { clockTime, dayAndTime } from '../times.ts';
import { words } from '../words.ts';
import { DeliveryMark, RefusedEdit } from './delivery.tsx';
import { MessageBody } from './message-body.tsx';
import { MessageToolbar } from './message-toolbar.tsx';
import { Quote } from './quote.tsx';

/** What can be done with a message; the same object while the conversation is open. */
export interface MessageActions {
  /** Begins an answer to it; undefined where nothing can be written. */
  readonly onReply: ((message: MessageView) => void) | undefined;
  /** Begins a change of one's own message; undefined where nothing can be written. */
  readonly onChange: ((message: MessageView) => void) | undefined;
  readonly onCopy: (message: MessageView) => void;
  /** Leads to the message that one answers. */
  readonly onJump: (message: MessageKey) => void;
  /** The change that was refused is made once more, or given up. */
  readonly onRetryChange: (message: MessageView) => void;
  readonly onDiscardChange: (message: MessageView) => void;
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
  /** Who sent the message that this one answers. */
  readonly answered: string;
  /** Tab stops at one message only; arrow keys lead to the others. */
  readonly tabStop: boolean;
  readonly actions: MessageActions;
  /** The focus is on this message's actions. */
  readonly onReach: (message: MessageView) => void;
}

/** One message: its text, its time and, for one's own, how far it has come. */
export const MessageItem = memo(function MessageItem({ message, startsGroup, sender, answered, tabStop, actions, onReach }: MessageItemProps) {
  const textId = useId();
  const [reached, setReached] = useState(false);
  const { delivery, receipt, mine, deleted, edited, failedEdit, replyTo } = message;
  const onServer = delivery?.status !== 'sending' && delivery?.status !== 'failed';
  const classes = [
    'message',
    mine ? 'message-mine' : 'message-theirs',
    startsGroup && 'message-first',
    deleted && 'message-deleted',
    delivery?.status === 'failed' && 'message-failed',
  ];
  return (
    <li className={classes.filter(Boolean).join(' ')} data-message-id={message.messageId} data-sender-id={message.senderId} onPointerEnter={() => setReached(true)}>
      <div className="bubble">
        {startsGroup && <span className="spoken-only">{sender}: </span>}
        {replyTo && !deleted && <Quote reply={replyTo} sender={answered} onJump={actions.onJump} />}
        <p id={textId} className="message-text" dir="auto">
          {deleted ? words.conversation.deleted : <MessageBody text={message.text} />}
        </p>
        <p className="message-meta">
          {edited && !deleted && <span title={edited.sending ? words.delivery.sending : dayAndTime(edited.at)}>{words.conversation.edited}</span>}
          <time dateTime={new Date(message.sentAt).toISOString()}>{clockTime(message.sentAt)}</time>
          {mine && !deleted && (
            <DeliveryMark
              delivery={delivery}
              receipt={receipt}
              onEdit={actions.onEdit && (() => actions.onEdit?.(message))}
              onRetry={() => actions.onRetry(message)}
              onDiscard={() => actions.onDiscard(message)}
            />
          )}
        </p>
        {failedEdit && <RefusedEdit reason={failedEdit.reason} onEdit={() => actions.onRetryChange(message)} onDiscard={() => actions.onDiscardChange(message)} />}
      </div>
      {onServer && (
        <MessageToolbar
          message={message}
          actions={actions}
          describedBy={textId}
          tabStop={tabStop}
          reached={reached}
          onFocus={() => {
            setReached(true);
            onReach(message);
          }}
        />
      )}
    </li>
  );
});
