import type { AccountView } from '@parley/client/api';
import { useCallback, useMemo, useState } from 'react';
import { Conversation } from './conversation/conversation.tsx';
import { useHeldTexts } from './conversation/held-text.ts';
import { IncomingSpeaker } from './conversations/incoming-speaker.tsx';
import { QuickSendDialog, useQuickSendShortcut } from './conversations/quick-send-dialog.tsx';
import { QuickSendForm } from './conversations/quick-send-form.tsx';
import { Sidebar } from './conversations/sidebar.tsx';
import { HOME, leave, navigate, type Panel, useRoute } from './route.ts';
import { ServerCount } from './servers/server-count.tsx';
import { ServersPanel } from './servers/servers-panel.tsx';
import { AccountBar } from './settings/account-bar.tsx';
import { SettingsPanel } from './settings/settings-panel.tsx';
import { Screen, type View } from './ui/screen.tsx';
import { Skeleton } from './ui/skeleton.tsx';
import { useParley, useSnapshot } from './use-parley.ts';
import { words } from './words.ts';

/** What one sees signed in: the list, a conversation, and a panel beside them; where the window is narrow, one of the three. */
export function Workspace({ accountId, username }: { readonly accountId: string; readonly username: string }) {
  const route = useRoute();
  const { conversationId, panel } = route;
  const self = useMemo((): AccountView => ({ accountId, username, deleted: false }), [accountId, username]);
  const [writing, setWriting] = useState(false);
  const startWriting = useCallback(() => setWriting(true), []);
  useQuickSendShortcut(startWriting);
  useHeldTexts(accountId);

  const showConversation = (id: string): void => navigate({ ...HOME, conversationId: id });
  const toggle = (which: Panel): void => (panel === which ? closePanel() : navigate({ ...route, panel: which }));
  const closePanel = (): void => leave({ ...route, panel: undefined });

  return (
    <Screen view={viewOf(conversationId, panel)} panel={panel !== undefined && <OpenPanel panel={panel} username={username} onClose={closePanel} />}>
      <Sidebar self={accountId} route={route} onNewMessage={startWriting}>
        <ServerCount open={panel === 'servers'} onOpen={() => toggle('servers')} />
        <AccountBar account={self} onSettings={() => toggle('settings')} />
      </Sidebar>
      {conversationId === undefined ? (
        <NothingOpen onSent={showConversation} />
      ) : (
        <OpenConversation key={conversationId} conversationId={conversationId} self={self} />
      )}
      {writing && (
        <QuickSendDialog
          onClose={() => setWriting(false)}
          onSent={(id) => {
            setWriting(false);
            showConversation(id);
          }}
        />
      )}
      <IncomingSpeaker self={accountId} />
    </Screen>
  );
}

function OpenPanel({ panel, username, onClose }: { readonly panel: Panel; readonly username: string; readonly onClose: () => void }) {
  return panel === 'servers' ? <ServersPanel onClose={onClose} /> : <SettingsPanel username={username} onClose={onClose} />;
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

function OpenConversation({ conversationId, self }: { readonly conversationId: string; readonly self: AccountView }) {
  const route = useRoute();
  const other = useOther(conversationId, self);
  const loading = useSnapshot((snapshot) => snapshot.conversations === undefined);
  if (other !== undefined)
    return (
      <Conversation
        conversationId={conversationId}
        other={other}
        self={self.accountId}
        onBack={() => leave({ ...route, conversationId: undefined })}
      />
    );
  return (
    <section className="nothing-open">
      {loading ? (
        <Skeleton lines={5} />
      ) : (
        <div className="nothing-open-box">
          <h2>{words.conversation.unknown}</h2>
          <p className="quiet">{words.conversation.unknownHint}</p>
        </div>
      )}
    </section>
  );
}

/** Whom a conversation is with; it need not exist yet. */
function useOther(conversationId: string, self: AccountView): AccountView | undefined {
  const parley = useParley();
  const known = useSnapshot((snapshot) => snapshot.conversations?.find((one) => one.conversationId === conversationId)?.other);
  const accounts = useSnapshot((snapshot) => snapshot.accounts);
  return useMemo(
    () => known ?? [self, ...accounts].find((account) => parley.conversationWith(account.accountId) === conversationId),
    [known, accounts, self, conversationId, parley],
  );
}
