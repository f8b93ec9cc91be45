import type { AccountView, ConversationView, MessageView } from '@parley/client/api';
import { memo } from 'react';
import { nameOf } from '../name.ts';
import { linkTo, type Route } from '../route.ts';
import { shortTime } from '../times.ts';
import { Avatar } from '../ui/avatar.tsx';
import { words } from '../words.ts';

/** More than this says nothing more. */
const BADGE_MAX = 99;

interface ConversationItemProps {
  readonly conversation: ConversationView;
  readonly self: string;
  readonly route: Route;
  readonly current: boolean;
  readonly now: number;
}

/** A conversation in the list: with whom, the newest message, how many are unread. */
export const ConversationItem = memo(function ConversationItem({ conversation, self, route, current, now }: ConversationItemProps) {
  const { other, lastMessage, unreadCount, typing, conversationId } = conversation;
  const link = linkTo({ ...route, conversationId });
  return (
    <li>
      <a className={unreadCount > 0 ? 'item item-unread' : 'item'} aria-current={current ? 'page' : undefined} {...link}>
        <Avatar account={other} />
        <span className="item-name">{nameOf(other, self)}</span>
        {lastMessage !== undefined && (
          <time className="item-time" dateTime={new Date(lastMessage.sentAt).toISOString()}>
            {shortTime(lastMessage.sentAt, now)}
          </time>
        )}
        <span className="item-preview">{typing ? <em>{words.conversations.typing}</em> : previewOf(lastMessage)}</span>
        {unreadCount > 0 && (
          <span className="badge">
            <span aria-hidden="true">{unreadCount > BADGE_MAX ? `${BADGE_MAX}+` : unreadCount}</span>
            <span className="spoken-only">{words.conversations.unread(unreadCount)}</span>
          </span>
        )}
      </a>
    </li>
  );
});

function previewOf(message: MessageView | undefined): string {
  if (message === undefined) return '';
  const text = message.deleted ? words.conversation.deleted : message.text;
  return message.mine && !message.deleted ? words.conversations.you + text : text;
}

/** A person with whom there is no conversation yet; opening one starts with an empty page. */
export const PersonItem = memo(function PersonItem({
  account,
  conversationId,
  route,
  current,
}: {
  readonly account: AccountView;
  readonly conversationId: string;
  readonly route: Route;
  readonly current: boolean;
}) {
  return (
    <li>
      <a className="item item-person" aria-current={current ? 'page' : undefined} {...linkTo({ ...route, conversationId })}>
        <Avatar account={account} />
        <span className="item-name">{account.username}</span>
      </a>
    </li>
  );
});
