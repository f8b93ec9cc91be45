import type { ClientSnapshot, ParleyApi } from '@parley/client/api';
import { useEffect, useRef } from 'react';
import { forgetTexts } from './conversation/kept-texts.ts';
import { Notifications } from './notifications/notifications.tsx';
import { useUnreadSigns } from './notifications/unread-signs.ts';
import { HOME, leave, navigate, replace, useRoute } from './route.ts';
import { BookmarkHint } from './servers/bookmark-hint.tsx';
import { ConnectionNotice } from './servers/connection-notice.tsx';
import { ServerCount } from './servers/server-count.tsx';
import { ServersPanel } from './servers/servers-panel.tsx';
import { SharedNameNotice } from './settings/shared-name.tsx';
import { NewerVersionNotice } from './shell/newer-version-notice.tsx';
import { ErrorBoundary } from './ui/error-boundary.tsx';
import { Screen } from './ui/screen.tsx';
import { ToastProvider } from './ui/toast.tsx';
import { ParleyContext, useSnapshot } from './use-parley.ts';
import { Welcome } from './welcome/welcome.tsx';
import { Workspace } from './workspace.tsx';

/** The whole page, on a client that the caller makes and closes. */
export function App({ parley }: { readonly parley: ParleyApi }) {
  return (
    <ErrorBoundary>
      <ParleyContext value={parley}>
        <ToastProvider>
          <ConnectionNotice />
          <SharedNameNotice />
          <BookmarkHint />
          <NewerVersionNotice />
          <SignedInOrOut />
        </ToastProvider>
      </ParleyContext>
    </ErrorBoundary>
  );
}

function SignedInOrOut() {
  const session = useSnapshot((snapshot) => snapshot.session);
  useUnreadSigns();
  useCleanUpAfterSignOut(session);
  if (session.status === 'signed-out') return <SignedOut reason={session.reason} />;
  return (
    <>
      <Workspace key={session.accountId} accountId={session.accountId} username={session.username} />
      <Notifications self={session.accountId} />
    </>
  );
}

function SignedOut({ reason }: { readonly reason: string | undefined }) {
  const { panel } = useRoute();
  const serversOpen = panel === 'servers';
  return (
    <Screen skip={false} view={serversOpen ? 'panel' : 'main'} panel={serversOpen && <ServersPanel onClose={() => leave(HOME)} />}>
      <Welcome reason={reason}>
        <ServerCount open={serversOpen} onOpen={() => navigate({ ...HOME, panel: 'servers' })} />
      </Welcome>
    </Screen>
  );
}

/** When an account signs out, nothing of it stays in the address nor, if the person asked for it, on this device. */
function useCleanUpAfterSignOut(session: ClientSnapshot['session']): void {
  const wasSignedIn = useRef(false);
  useEffect(() => {
    if (session.status === 'signed-out' && wasSignedIn.current) {
      replace(HOME);
      if (session.reason === undefined) forgetTexts();
    }
    wasSignedIn.current = session.status === 'signed-in';
  }, [session]);
}
