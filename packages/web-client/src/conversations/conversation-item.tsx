import type { AccountView, ConversationView } from '@parley/client/api';
import { memo } from 'react';
import { nameOf } from '../name.ts';
import { linkTo, type Panel } from '../route.ts';
import { shortTime } from '../times.ts';
import { Avatar } from '../ui/avatar.tsx';
import { words } from '../words.ts';
import { Preview } from './previews.tsx';

/** More than this says nothing more. */
const BADGE_MAX = 99;

interface ItemProps {
  /** The panel that stays open beside what the item opens. */
  readonly panel: Panel | undefined;
  /** It is what is open now. */
  readonly current: boolean;
}

interface ConversationItemProps extends ItemProps {
  readonly conversation: ConversationView;
  readonly self: string;
  /** What was typed there and not sent; empty for none. */
  readonly draft: string;
  readonly now: number;
}

/** A conversation in the list: with whom, the newest message, how many are unread. */
export const ConversationItem = memo(function ConversationItem({ conversation, self, draft, panel, current, now }: ConversationItemProps) {
  const { other, lastMessage, unreadCount, conversationId } = conversation;
  return (
    <li>
      <a className={unreadCount > 0 ? 'item item-unread' : 'item'} aria-current={current ? 'page' : undefined} {...linkTo({ conversationId, panel })}>
        <Avatar account={other} />
        <span className="item-name">{nameOf(other, self)}</span>
        {lastMessage !== undefined && (
          <time className="item-time" dateTime={new Date(lastMessage.sentAt).toISOString()}>
            {shortTime(lastMessage.sentAt, now)}
          </time>
        )}
        <span className="item-preview">
          <Preview conversation={conversation} draft={draft} />
        </span>
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

interface PersonItemProps extends ItemProps {
  readonly account: AccountView;
  readonly conversationId: string;
}

/** A person with whom there is no conversation yet; opening one starts with an empty page. */
export const PersonItem = memo(function PersonItem({ account, conversationId, panel, current }: PersonItemProps) {
  return (
    <li>
      <a className="item item-person" aria-current={current ? 'page' : undefined} {...linkTo({ conversationId, panel })}>
        <Avatar account={account} />
        <span className="item-name">{account.username}</span>
      </a>
    </li>
  );
});
