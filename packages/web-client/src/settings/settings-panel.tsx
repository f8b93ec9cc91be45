import { type ReactNode, useState } from 'react';
import { generalText } from '../failure.ts';
import { openerIdOf } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { FormState } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { useToast } from '../ui/toast.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';
import { ChangePassword } from './change-password.tsx';
import { DeleteAccount } from './delete-account.tsx';
import { NotificationChoice } from './notification-choice.tsx';
import { ThemeChoice } from './theme-choice.tsx';
import { UnsentDialog, useLeaving } from './unsent-dialog.tsx';

/** What a person can do with their own account. */
export function SettingsPanel({ username, onClose }: { readonly username: string; readonly onClose: () => void }) {
  const parley = useParley();
  const toast = useToast();
  const everywhere = useSubmit();
  const leaving = useLeaving(() => everywhere.submit(() => parley.logOut(true)));
  const [dialog, setDialog] = useState<'password' | 'deletion'>();
  const closeDialog = (): void => setDialog(undefined);

  return (
    <Panel title={words.settings.title} openerId={openerIdOf('settings')} onClose={onClose}>
      <p className="quiet">
        {words.settings.signedInAs} <strong className="strong">{username}</strong>
      </p>
      <Section title={words.settings.appearance}>
        <ThemeChoice />
      </Section>
      <Section title={words.settings.notifications.title}>
        <NotificationChoice />
      </Section>
      <Section title={words.settings.password} text={words.settings.passwordText}>
        <Button onClick={() => setDialog('password')}>{words.settings.changePassword}</Button>
      </Section>
      <Section title={words.settings.sessions} text={words.settings.sessionsText}>
        <FormState busy={everywhere.busy} problem={generalText(everywhere.failure, [])} />
        <Button busy={everywhere.busy} onClick={leaving.leave}>
          {words.settings.endSessions}
        </Button>
      </Section>
      <Section title={words.settings.deletion} text={words.settings.deletionText}>
        <Button tone="danger" onClick={() => setDialog('deletion')}>
          {words.settings.deleteAccount}
        </Button>
      </Section>
      <UnsentDialog leaving={leaving} />
      {dialog === 'password' && (
        <ChangePassword
          username={username}
          onClose={closeDialog}
          onDone={() => {
            closeDialog();
            toast({ text: words.settings.passwordChanged });
          }}
        />
      )}
      {dialog === 'deletion' && <DeleteAccount onClose={closeDialog} />}
    </Panel>
  );
}

function Section({ title, text, children }: { readonly title: string; readonly text?: string; readonly children: ReactNode }) {
  return (
    <section className="section">
      <h3>{title}</h3>
      {text !== undefined && <p className="quiet">{text}</p>}
      {children}
    </section>
  );
}
