import type { AccountView, ClientSnapshot } from '@parley/client/api';
import { useState } from 'react';
import { failureOf } from '../failure.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SettingsIcon, SignOutIcon } from '../ui/icons.tsx';
import { useToast } from '../ui/toast.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';

/** Messages that no server has taken yet, as far as they are loaded: signing out would discard them. */
function unsentCount({ conversations, timelines }: ClientSnapshot): number {
  const loaded = [...timelines.values()].flatMap((timeline) => timeline.messages);
  const newest = (conversations ?? []).map((conversation) => conversation.lastMessage).filter((message) => message !== undefined);
  return new Set([...loaded, ...newest].filter((message) => message.delivery?.status === 'sending').map((message) => message.messageId)).size;
}

/** Who is signed in, and the ways to settings and out. */
export function AccountBar({ account, onSettings }: { readonly account: AccountView; readonly onSettings: () => void }) {
  const parley = useParley();
  const toast = useToast();
  const [unsent, setUnsent] = useState(0);
  const signOut = (): void => {
    parley.logOut().catch((error: unknown) => toast({ text: failureOf(error).text }));
  };
  const signOutUnlessUnsent = (): void => {
    const count = unsentCount(parley.getSnapshot());
    if (count === 0) signOut();
    else setUnsent(count);
  };

  return (
    <div className="account-bar">
      <Avatar account={account} />
      <strong className="account-name">{account.username}</strong>
      <IconButton name={words.conversations.settings} icon={<SettingsIcon />} onClick={onSettings} />
      <IconButton name={words.conversations.signOut} icon={<SignOutIcon />} onClick={signOutUnlessUnsent} />
      {unsent > 0 && (
        <Dialog title={words.conversations.unsent.title} onClose={() => setUnsent(0)}>
          <p>{words.conversations.unsent.text(unsent)}</p>
          <div className="dialog-actions">
            <Button data-autofocus onClick={() => setUnsent(0)}>
              {words.conversations.unsent.stay}
            </Button>
            <Button tone="danger" onClick={signOut}>
              {words.conversations.unsent.leave}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
