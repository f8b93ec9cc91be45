import { type FormEvent, useRef, useState } from 'react';
import { signInProblems } from '../credentials.ts';
import { generalText } from '../failure.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, FormState } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';
import { DownloadData } from './download-data.tsx';

/** Says what deleting the account does, and asks for username and password before doing it. */
export function DeleteAccount({ onClose }: { readonly onClose: () => void }) {
  const parley = useParley();
  const { busy, failure, submit, forget } = useSubmit();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [checked, setChecked] = useState(false);
  const usernameInput = useRef<HTMLInputElement>(null);
  const passwordInput = useRef<HTMLInputElement>(null);
  const problems = signInProblems(username.trim(), password);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    setChecked(true);
    forget();
    if (problems.has('username')) usernameInput.current?.focus();
    else if (problems.has('password')) passwordInput.current?.focus();
    else submit(() => parley.deleteAccount(username.trim(), password));
  }

  const problemOf = (field: string): string | undefined => (checked ? problems.get(field) : undefined) ?? failure?.fields.get(field);

  return (
    <Dialog title={words.settings.deletion} onClose={onClose}>
      <ul className="consequences">
        {words.settings.consequences.map((consequence) => (
          <li key={consequence}>{consequence}</li>
        ))}
      </ul>
      <p>{words.settings.noWayBack}</p>
      <DownloadData />
      <form className="form" noValidate onSubmit={onSubmit} aria-busy={busy}>
        <Field
          label={words.welcome.username}
          name="username"
          autoComplete="off"
          data-autofocus
          ref={usernameInput}
          value={username}
          error={problemOf('username')}
          onChange={(event) => setUsername(event.target.value)}
        />
        <Field
          label={words.welcome.password}
          name="password"
          type="password"
          autoComplete="off"
          ref={passwordInput}
          value={password}
          error={problemOf('password')}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FormState busy={busy} problem={generalText(failure, ['username', 'password'])} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button type="submit" tone="danger" busy={busy}>
            {words.settings.deleteAccount}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
