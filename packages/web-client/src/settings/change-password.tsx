import { type FormEvent, useRef, useState } from 'react';
import { generalText } from '../failure.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, FormState } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { useParley } from '../use-parley.ts';
import { passwordProblem } from '../credentials.ts';
import { words } from '../words.ts';

interface ChangePasswordProps {
  readonly username: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks for the current password and a new one. */
export function ChangePassword({ username, onClose, onDone }: ChangePasswordProps) {
  const parley = useParley();
  const { busy, failure, submit, forget } = useSubmit();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [checked, setChecked] = useState(false);
  const currentInput = useRef<HTMLInputElement>(null);
  const nextInput = useRef<HTMLInputElement>(null);

  const currentProblem = current === '' ? words.welcome.passwordMissing : undefined;
  const nextProblem = passwordProblem(next) ?? (next === current ? words.settings.passwordSame : undefined);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    setChecked(true);
    forget();
    if (currentProblem !== undefined) currentInput.current?.focus();
    else if (nextProblem !== undefined) nextInput.current?.focus();
    else
      submit(async () => {
        await parley.changePassword(current, next);
        onDone();
      });
  }

  return (
    <Dialog title={words.settings.changePassword} onClose={onClose}>
      <form className="form" noValidate onSubmit={onSubmit} aria-busy={busy}>
        {/* Tells password managers whose password it is. */}
        <input className="spoken-only" name="username" autoComplete="username" value={username} readOnly tabIndex={-1} aria-hidden="true" />
        <Field
          label={words.settings.currentPassword}
          name="current-password"
          type="password"
          autoComplete="current-password"
          data-autofocus
          ref={currentInput}
          value={current}
          error={(checked ? currentProblem : undefined) ?? failure?.fields.get('old_password')}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <Field
          label={words.settings.newPassword}
          name="new-password"
          type="password"
          autoComplete="new-password"
          ref={nextInput}
          value={next}
          hint={words.settings.newPasswordHint}
          error={(checked ? nextProblem : undefined) ?? failure?.fields.get('new_password')}
          onChange={(event) => setNext(event.target.value)}
        />
        <FormState busy={busy} problem={generalText(failure, ['old_password', 'new_password'])} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button type="submit" tone="primary" busy={busy}>
            {words.settings.changePassword}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
