import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { generalText } from '../failure.ts';
import { Button } from '../ui/button.tsx';
import { Field, FormState } from '../ui/field.tsx';
import { Logo } from '../ui/icons.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';
import { type FieldProblems, newAccountProblems, signInProblems } from '../credentials.ts';

interface WelcomeProps {
  /** Why the person is signed out, when they did not ask for it. */
  readonly reason: string | undefined;
  /** Below the form: how many servers answer. */
  readonly children: ReactNode;
}

type Intent = 'sign-in' | 'create';

/** The first screen: one form, with which to sign in or to create an account. */
export function Welcome({ reason, children }: WelcomeProps) {
  return (
    <div className="welcome">
      <div className="welcome-card">
        <header className="welcome-head">
          <Logo />
          <p className="welcome-name">{words.name}</p>
          <p className="quiet">{words.welcome.tagline}</p>
        </header>
        {reason !== undefined && <p className="notice">{reason}</p>}
        <CredentialsForm />
      </div>
      {children}
    </div>
  );
}

function CredentialsForm() {
  const parley = useParley();
  const { busy, failure, submit, forget } = useSubmit();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [visible, setVisible] = useState(false);
  const [problems, setProblems] = useState<FieldProblems>(new Map());
  const usernameInput = useRef<HTMLInputElement>(null);
  const passwordInput = useRef<HTMLInputElement>(null);

  function send(intent: Intent): void {
    const name = username.trim();
    const found = intent === 'create' ? newAccountProblems(name, password) : signInProblems(name, password);
    setProblems(found);
    forget();
    if (found.has('username')) usernameInput.current?.focus();
    else if (found.has('password')) passwordInput.current?.focus();
    if (found.size === 0) submit(() => (intent === 'create' ? parley.createAccount(name, password) : parley.logIn(name, password)));
  }

  const problemOf = (field: string): string | undefined => problems.get(field) ?? failure?.fields.get(field);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    send('sign-in');
  };

  return (
    <form className="form" noValidate onSubmit={onSubmit} aria-busy={busy}>
      <Field
        label={words.welcome.username}
        name="username"
        autoComplete="username"
        autoFocus
        ref={usernameInput}
        value={username}
        error={problemOf('username')}
        onChange={(event) => setUsername(event.target.value)}
      />
      <Field
        label={words.welcome.password}
        name="password"
        type={visible ? 'text' : 'password'}
        autoComplete="current-password"
        ref={passwordInput}
        value={password}
        hint={words.welcome.passwordHint}
        error={problemOf('password')}
        onChange={(event) => setPassword(event.target.value)}
        after={
          <button type="button" className="field-action" aria-pressed={visible} onClick={() => setVisible(!visible)}>
            {visible ? words.welcome.hide : words.welcome.show}
            <span className="spoken-only"> {words.welcome.whatIsTyped}</span>
          </button>
        }
      />
      <FormState busy={busy} problem={generalText(failure, ['username', 'password'])} />
      <div className="welcome-actions">
        <Button type="submit" tone="primary" busy={busy}>
          {words.welcome.signIn}
        </Button>
        <Button busy={busy} onClick={() => send('create')}>
          {words.welcome.createAccount}
        </Button>
      </div>
      <p className="hint">{words.welcome.newHere}</p>
    </form>
  );
}
