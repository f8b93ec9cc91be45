import { type ReactNode, type RefObject, useDeferredValue, useEffect, useRef, useState } from 'react';
import { type Route, routeOf } from '../route.ts';
import { IconButton } from '../ui/button.tsx';
import { CloseIcon, ComposeIcon, Logo, SearchIcon } from '../ui/icons.tsx';
import { words } from '../words.ts';
import { ConversationLists } from './conversation-lists.tsx';
import { moveThroughList } from './list-keys.ts';
import { usePanelBeside } from './use-panel-beside.ts';

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
  const box = useRef<HTMLInputElement>(null);
  const panelBeside = usePanelBeside();
  const clear = (): void => {
    setQuery('');
    box.current?.focus();
  };
  return (
    <nav ref={nav} className="sidebar" aria-label={words.conversations.region} onKeyDown={(event) => moveThroughList(event, clear)}>
      <header className="sidebar-head">
        <div className="brand">
          <Logo />
          <p className="brand-name">{words.name}</p>
          <IconButton
            className="brand-action"
            name={words.conversations.newMessage}
            icon={<ComposeIcon />}
            title={`${words.conversations.newMessage} (${words.conversations.shortcut})`}
            aria-keyshortcuts="Control+K Meta+K"
            onClick={onNewMessage}
          />
        </div>
        <div className="search">
          <SearchIcon />
          <input
            ref={box}
            type="search"
            aria-label={words.conversations.search}
            value={query}
            placeholder={words.conversations.searchPlaceholder}
            autoComplete="off"
            spellCheck={false}
            enterKeyHint="go"
            onChange={(event) => setQuery(event.target.value)}
          />
          {query !== '' && <IconButton className="search-clear" name={words.conversations.clearSearch} icon={<CloseIcon />} onClick={clear} />}
        </div>
      </header>
      <div className="sidebar-lists">
        <ConversationLists self={self} current={route.conversationId} panel={panelBeside ? route.panel : undefined} query={searched} onBegin={onNewMessage} />
      </div>
      <footer className="sidebar-foot">{children}</footer>
    </nav>
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
