import type { AccountView, ConversationView } from '@parley/client/api';
import { type ReactNode, type RefObject, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import { nameOf } from '../name.ts';
import { type Route, routeOf } from '../route.ts';
import { dayOf } from '../times.ts';
import { Button } from '../ui/button.tsx';
import { ComposeIcon, Logo, SearchIcon } from '../ui/icons.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { useClock } from '../ui/use-clock.ts';
import { useParley, useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { ConversationItem, PersonItem } from './conversation-item.tsx';
import { useAccountSearch } from './use-account-search.ts';

interface SidebarProps {
  /** The id of one's own account. */
  readonly self: string;
  readonly route: Route;
  readonly onNewMessage: () => void;
  /** At the foot: servers, settings, signing out. */
  readonly children: ReactNode;
}

/** Conversations, and everybody else below them; one search narrows both. */
export function Sidebar({ self, route, onNewMessage, children }: SidebarProps) {
  const [query, setQuery] = useState('');
  const searched = useDeferredValue(query.trim());
  const nav = useFocusOnReturn(route);
  return (
    <nav ref={nav} className="sidebar" aria-label={words.conversations.region}>
      <header className="sidebar-head">
        <div className="brand">
          <Logo />
          <p className="brand-name">{words.name}</p>
          <Button
            tone="primary"
            className="brand-action"
            title={words.conversations.shortcut}
            aria-keyshortcuts="Control+K Meta+K"
            onClick={onNewMessage}
          >
            <ComposeIcon />
            {words.conversations.newMessage}
          </Button>
        </div>
        <label className="search">
          <span className="spoken-only">{words.conversations.search}</span>
          <SearchIcon />
          <input
            type="search"
            value={query}
            placeholder={words.conversations.searchPlaceholder}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setQuery(event.target.value)}
          />
        </label>
      </header>
      <div className="sidebar-lists">
        <Lists self={self} route={route} query={searched} />
      </div>
      <footer className="sidebar-foot">{children}</footer>
    </nav>
  );
}

function Lists({ self, route, query }: { readonly self: string; readonly route: Route; readonly query: string }) {
  const conversationIdOf = useConversationIds();
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const found = useAccountSearch(query);
  if (conversations === undefined) return <Skeleton lines={6} />;

  const talkedTo = new Set(conversations.map((conversation) => conversation.other.accountId));
  const people = found.filter((account) => !talkedTo.has(account.accountId) && account.accountId !== self);
  const matching = query === '' ? conversations : conversations.filter((conversation) => matches(conversation, query, found, self));
  return (
    <>
      <ConversationList conversations={matching} self={self} route={route} searching={query !== ''} />
      {people.length > 0 && (
        <List title={talkedTo.size > 0 ? words.conversations.everyoneElse : words.conversations.people}>
          {people.map((account) => {
            const conversationId = conversationIdOf(account.accountId);
            return (
              <PersonItem
                key={account.accountId}
                account={account}
                conversationId={conversationId}
                route={route}
                current={conversationId === route.conversationId}
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

function ConversationList({
  conversations,
  self,
  route,
  searching,
}: {
  readonly conversations: readonly ConversationView[];
  readonly self: string;
  readonly route: Route;
  readonly searching: boolean;
}) {
  // Times of day become 'Yesterday' at midnight.
  const now = useClock((time) => nextMidnight(time));
  if (conversations.length === 0 && searching) return null;
  if (conversations.length === 0)
    return (
      <p className="list-note">
        {words.conversations.none}
        <span className="example">{words.conversations.example}</span>
      </p>
    );
  return (
    <List title={words.conversations.title}>
      {conversations.map((conversation) => (
        <ConversationItem
          key={conversation.conversationId}
          conversation={conversation}
          self={self}
          route={route}
          current={conversation.conversationId === route.conversationId}
          now={dayOf(now)}
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

/** Where the window is narrow, leaving a conversation shows the list in its place: the focus goes to the conversation there. */
function useFocusOnReturn({ conversationId }: Route): RefObject<HTMLElement | null> {
  const list = useRef<HTMLElement>(null);
  const before = useRef<string>(undefined);
  useEffect(() => {
    const left = conversationId === undefined ? before.current : undefined;
    before.current = conversationId;
    // Otherwise the focus is where somebody has put it.
    if (left === undefined || document.activeElement !== document.body) return;
    const links = [...(list.current?.querySelectorAll('a') ?? [])];
    links.find((link) => routeOf(link.hash).conversationId === left)?.focus();
  }, [conversationId]);
  return list;
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

function nextMidnight(time: number): number {
  return new Date(time).setHours(24, 0, 0, 0);
}
