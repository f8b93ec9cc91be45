import type { AccountView, ConversationView } from '@parley/client/api';
import { type ReactNode, useId, useMemo } from 'react';
import { useDrafts } from '../conversation/drafts.ts';
import { nameOf } from '../name.ts';
import type { Panel } from '../route.ts';
import { Awaited } from '../servers/awaited.tsx';
import { dayOf, nextMidnight } from '../times.ts';
import { Button } from '../ui/button.tsx';
import { ComposeIcon } from '../ui/icons.tsx';
import { useClock } from '../ui/use-clock.ts';
import { useParley, useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { ConversationItem, PersonItem } from './conversation-item.tsx';
import { useAccountSearch } from './use-account-search.ts';

interface ConversationListsProps {
  readonly self: string;
  /** The conversation that is open. */
  readonly current: string | undefined;
  /** The panel that stays open beside what is opened. */
  readonly panel: Panel | undefined;
  /** Empty: all. */
  readonly query: string;
  /** Somebody without a conversation wants to write to someone. */
  readonly onBegin: () => void;
}

/** Conversations, and everybody else below them. */
export function ConversationLists({ self, current, panel, query, onBegin }: ConversationListsProps) {
  const conversationIdOf = useConversationIds();
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const found = useAccountSearch(query);
  if (conversations === undefined) return <Awaited lines={6} unreachable={words.conversations.unreachable} />;

  const talkedTo = new Set(conversations.map((conversation) => conversation.other.accountId));
  const people = found.filter((account) => !talkedTo.has(account.accountId) && account.accountId !== self);
  const matching = query === '' ? conversations : conversations.filter((conversation) => matches(conversation, query, found, self));
  return (
    <>
      {matching.length > 0 && <Conversations conversations={matching} self={self} current={current} panel={panel} />}
      {conversations.length === 0 && query === '' && <NoConversations onBegin={onBegin} />}
      {people.length > 0 && (
        <List title={talkedTo.size > 0 ? words.conversations.everyoneElse : words.conversations.people}>
          {people.map((account) => {
            const conversationId = conversationIdOf(account.accountId);
            return (
              <PersonItem
                key={account.accountId}
                account={account}
                conversationId={conversationId}
                panel={panel}
                current={conversationId === current}
              />
            );
          })}
        </List>
      )}
      {people.length === 0 && query !== '' && matching.length === 0 && <p className="list-note">{words.conversations.noMatch(query)}</p>}
      {people.length === 0 && query === '' && conversations.length === 0 && <p className="list-note">{words.conversations.noPeople}</p>}
    </>
  );
}

function NoConversations({ onBegin }: { readonly onBegin: () => void }) {
  return (
    <div className="list-note list-empty">
      <p>
        {words.conversations.none}
        <span className="example">{words.conversations.example}</span>
      </p>
      <Button tone="primary" onClick={onBegin}>
        <ComposeIcon />
        {words.conversations.begin}
      </Button>
    </div>
  );
}

interface ConversationsProps extends Omit<ConversationListsProps, 'query' | 'onBegin'> {
  readonly conversations: readonly ConversationView[];
}

function Conversations({ conversations, self, current, panel }: ConversationsProps) {
  // Times of day become 'Yesterday' at midnight.
  const now = dayOf(useClock(nextMidnight));
  const drafts = useDrafts(self, current);
  return (
    <List title={words.conversations.title}>
      {conversations.map((conversation) => (
        <ConversationItem
          key={conversation.conversationId}
          conversation={conversation}
          self={self}
          draft={drafts.get(conversation.conversationId) ?? ''}
          panel={panel}
          current={conversation.conversationId === current}
          now={now}
        />
      ))}
    </List>
  );
}

function List({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="list-title">
        {title}
      </h2>
      <ul className="list">{children}</ul>
    </section>
  );
}

/** By a server's answer, or by a part of the name: who is looked for among conversations may have a name that starts otherwise. */
function matches({ other }: ConversationView, query: string, found: readonly AccountView[], self: string): boolean {
  return (
    found.some((account) => account.accountId === other.accountId) || nameOf(other, self).toLocaleLowerCase().includes(query.toLocaleLowerCase())
  );
}

/** `conversationWith`, which hashes, asked once for each account. */
function useConversationIds(): (accountId: string) => string {
  const parley = useParley();
  return useMemo(() => {
    const known = new Map<string, string>();
    return (accountId) => {
      const id = known.get(accountId) ?? parley.conversationWith(accountId);
      known.set(accountId, id);
      return id;
    };
  }, [parley]);
}
