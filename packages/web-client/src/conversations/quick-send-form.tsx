import { useId, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { BusyState } from '../ui/field.tsx';
import { sendOnKey, sendOnSubmit } from '../ui/send-key.ts';
import { useSubmit } from '../ui/use-submit.ts';
import { useParley, useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { parseQuickSend, recipientBeingTyped } from './quick-send.ts';

/** More would push the button out of a small window. */
const SUGGESTIONS_MAX = 5;

/** One box that takes `bob: hello`. `onSent` gets the id of the conversation that the message went to. */
export function QuickSendForm({ onSent }: { readonly onSent: (conversationId: string) => void }) {
  const parley = useParley();
  const { busy, failure, submit, forget } = useSubmit();
  const [line, setLine] = useState('');
  const [problem, setProblem] = useState<string>();
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const noteId = `${id}-note`;
  const error = problem ?? failure?.text;

  function send(): void {
    const parsed = parseQuickSend(line);
    setProblem('problem' in parsed ? parsed.problem : undefined);
    forget();
    if ('problem' in parsed) box.current?.focus();
    else submit(async () => onSent(await parley.sendTo(parsed.recipient, parsed.text)));
  }

  const complete = (username: string): void => {
    setLine(`${username}: `);
    box.current?.focus();
  };

  return (
    <form className="form" noValidate onSubmit={(event) => sendOnSubmit(event, send)} aria-busy={busy}>
      <div className="field">
        <label htmlFor={id}>{words.quickSend.label}</label>
        <textarea
          id={id}
          ref={box}
          data-autofocus
          rows={2}
          dir="auto"
          value={line}
          placeholder={words.quickSend.placeholder}
          aria-invalid={error !== undefined}
          aria-describedby={noteId}
          onChange={(event) => setLine(event.target.value)}
          onKeyDown={(event) => sendOnKey(event, send)}
        />
        <p id={noteId} className={error === undefined ? 'hint' : 'problem'} aria-live="polite">
          {error ?? words.quickSend.hint}
        </p>
      </div>
      <Suggestions typed={recipientBeingTyped(line)} onChoose={complete} />
      <div className="form-row">
        <Button type="submit" tone="primary" busy={busy}>
          {words.quickSend.submit}
        </Button>
        <BusyState busy={busy} />
      </div>
    </form>
  );
}

function Suggestions({ typed, onChoose }: { readonly typed: string | undefined; readonly onChoose: (username: string) => void }) {
  const accounts = useSnapshot((snapshot) => snapshot.accounts);
  const start = typed?.toLocaleLowerCase();
  const matching =
    start === undefined ? [] : accounts.filter((account) => account.username.toLocaleLowerCase().startsWith(start)).slice(0, SUGGESTIONS_MAX);
  if (matching.length === 0) return null;
  return (
    <ul className="suggestions">
      {matching.map((account) => (
        <li key={account.accountId}>
          <button type="button" className="chip" onClick={() => onChoose(account.username)}>
            {account.username}
          </button>
        </li>
      ))}
    </ul>
  );
}
