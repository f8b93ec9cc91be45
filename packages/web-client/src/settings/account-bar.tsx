import type { AccountView } from '@parley/client/api';
import { failureOf } from '../failure.ts';
import { openerIdOf } from '../route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/button.tsx';
import { SettingsIcon, SignOutIcon } from '../ui/icons.tsx';
import { useToast } from '../ui/toast.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';
import { UnsentDialog, useLeaving } from './unsent-dialog.tsx';

/** Who is signed in, and the ways to settings and out. */
export function AccountBar({ account, onSettings }: { readonly account: AccountView; readonly onSettings: () => void }) {
  const parley = useParley();
  const toast = useToast();
  const leaving = useLeaving(() => {
    parley.logOut().catch((error: unknown) => toast({ text: failureOf(error).text }));
  });

  return (
    <div className="account-bar">
      <Avatar account={account} />
      <strong className="account-name">{account.username}</strong>
      <IconButton id={openerIdOf('settings')} name={words.conversations.settings} icon={<SettingsIcon />} onClick={onSettings} />
      <IconButton name={words.conversations.signOut} icon={<SignOutIcon />} onClick={leaving.leave} />
      <UnsentDialog leaving={leaving} />
    </div>
  );
}
