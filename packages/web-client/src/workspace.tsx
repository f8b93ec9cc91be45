import type { AccountView } from '@parley/client/api';
import { useCallback, useMemo, useState } from 'react';
import { Conversation } from './conversation/conversation.tsx';
import { useHeldTexts } from './conversation/held-text.ts';
import { IncomingSpeaker } from './conversations/incoming-speaker.tsx';
import { QuickSendForm } from './conversations/quick-send-form.tsx';
import { Sidebar } from './conversations/sidebar.tsx';
import { Switcher } from './conversations/switcher.tsx';
import { useSwitcherShortcut } from './conversations/use-switcher-shortcut.ts';
import { DetailsPanel } from './details/details-panel.tsx';
import { HOME, leave, navigate, type Panel, type Route, useRoute } from './route.ts';
import { Awaited } from './servers/awaited.tsx';
import { ServerCount } from './servers/server-count.tsx';
import { ServersPanel } from './servers/servers-panel.tsx';
import { AccountBar } from './settings/account-bar.tsx';
import { SettingsPanel } from './settings/settings-panel.tsx';
import { IconButton } from './ui/button.tsx';
import { BackIcon } from './ui/icons.tsx';
import { Screen, type View } from './ui/screen.tsx';
import { useParley, useSnapshot } from './use-parley.ts';
import { words } from './words.ts';

/** What one sees signed in: the list, a conversation, and a panel beside them; where the window is narrow, one of the three. */
export function Workspace({ accountId, username }: { readonly accountId: string; readonly username: string }) {
  const route = useRoute();
  const { conversationId } = route;
  const self = useMemo((): AccountView => ({ accountId, username, deleted: false }), [accountId, username]);
  const other = useOther(conversationId, self);
  const panel = panelOf(route, other);
  const [writing, setWriting] = useState(false);
  const startWriting = useCallback(() => setWriting(true), [setWriting]);
  useSwitcherShortcut(startWriting);
  useHeldTexts(accountId);

  const showConversation = (id: string): void => navigate({ ...HOME, conversationId: id });
  const toList = (): void => leave({ ...route, conversationId: undefined });
  const toggle = (which: Panel): void => (panel === which ? closePanel() : navigate({ ...route, panel: which }));
  const closePanel = (): void => leave({ ...route, panel: undefined });

  return (
    <Screen
      view={viewOf(conversationId, panel)}
      panel={panel !== undefined && <OpenPanel panel={panel} conversationId={conversationId} other={other} self={self} onClose={closePanel} />}
    >
      <Sidebar self={accountId} route={route} onNewMessage={startWriting}>
        <ServerCount open={panel === 'servers'} onOpen={() => toggle('servers')} />
        <AccountBar account={self} onSettings={() => toggle('settings')} />
      </Sidebar>
      {conversationId === undefined && <NothingOpen onSent={showConversation} />}
      {conversationId !== undefined && other === undefined && <UnknownConversation onBack={toList} />}
      {conversationId !== undefined && other !== undefined && (
        <Conversation
          key={conversationId}
          conversationId={conversationId}
          other={other}
          self={accountId}
          onBack={toList}
          detailsOpen={panel === 'details'}
          onDetails={() => toggle('details')}
        />
      )}
      {writing && (
        <Switcher
          self={accountId}
          onClose={() => setWriting(false)}
          onGo={(id) => {
            setWriting(false);
            showConversation(id);
          }}
        />
      )}
      <IncomingSpeaker self={accountId} />
    </Screen>
  );
}

interface OpenPanelProps {
  readonly panel: Panel;
  readonly conversationId: string | undefined;
  readonly other: AccountView | undefined;
  readonly self: AccountView;
  readonly onClose: () => void;
}

function OpenPanel({ panel, conversationId, other, self, onClose }: OpenPanelProps) {
  if (panel === 'servers') return <ServersPanel onClose={onClose} />;
  if (panel === 'settings') return <SettingsPanel username={self.username} onClose={onClose} />;
  if (conversationId === undefined || other === undefined) return null;
  return <DetailsPanel conversationId={conversationId} other={other} self={self.accountId} onClose={onClose} />;
}

/** An address may name the details of a conversation that is not here: nothing then. */
function panelOf({ panel }: Route, other: AccountView | undefined): Panel | undefined {
  return panel === 'details' && other === undefined ? undefined : panel;
}

function viewOf(conversationId: string | undefined, panel: Panel | undefined): View {
  if (panel !== undefined) return 'panel';
  return conversationId === undefined ? 'list' : 'main';
}

function NothingOpen({ onSent }: { readonly onSent: (conversationId: string) => void }) {
  return (
    <section className="nothing-open">
      <div className="nothing-open-box">
        <h2>{words.conversation.noneOpen}</h2>
        <QuickSendForm onSent={onSent} />
        <p className="quiet">{words.conversation.noneOpenHint}</p>
      </div>
    </section>
  );
}

function UnknownConversation({ onBack }: { readonly onBack: () => void }) {
  const loading = useSnapshot((snapshot) => snapshot.conversations === undefined);
  return (
    <section className="nothing-open">
      <IconButton className="narrow-only nothing-open-back" name={words.conversation.back} icon={<BackIcon />} onClick={onBack} />
      {loading ? (
        <Awaited lines={5} unreachable={words.conversation.unreachable} />
      ) : (
        <div className="nothing-open-box">
          <h2>{words.conversation.unknown}</h2>
          <p className="quiet">{words.conversation.unknownHint}</p>
        </div>
      )}
    </section>
  );
}

/** With whom a conversation is: as the list says, else the account that it could be begun with. */
function useOther(conversationId: string | undefined, self: AccountView): AccountView | undefined {
  const parley = useParley();
  const known = useSnapshot((snapshot) => snapshot.conversations?.find((one) => one.conversationId === conversationId)?.other);
  const accounts = useSnapshot((snapshot) => snapshot.accounts);
  return useMemo(() => {
    if (conversationId === undefined) return undefined;
    return known ?? [self, ...accounts].find((account) => parley.conversationWith(account.accountId) === conversationId);
  }, [known, accounts, self, conversationId, parley]);
}
