import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from 'react';
import { words } from '../words.ts';
import { useWaiting } from './use-waiting.ts';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  /** What to type, below the field. An error takes its place. */
  readonly hint?: string | undefined;
  /** What is wrong, and what to do about it. */
  readonly error?: string | undefined;
  /** A control at the field's end. */
  readonly after?: ReactNode;
  readonly ref?: Ref<HTMLInputElement>;
}

/** A text field with its label, a hint or an error, all tied together for screen readers. */
export function Field({ label, hint, error, after, ...input }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input
          id={id}
          aria-invalid={error !== undefined}
          aria-describedby={note === undefined ? undefined : noteId}
          autoCapitalize="none"
          spellCheck={false}
          {...input}
        />
        {after}
      </div>
      {note !== undefined && (
        <p id={noteId} className={error === undefined ? 'hint' : 'problem'}>
          {note}
        </p>
      )}
    </div>
  );
}

/** That a form was sent and waits for an answer, or what went wrong with it as a whole. Always rendered, so that screen readers speak what appears. */
export function FormState({ busy, problem }: { readonly busy: boolean; readonly problem: string | undefined }) {
  return (
    <>
      <div role="alert" className="form-state">
        {problem !== undefined && <p className="problem">{problem}</p>}
      </div>
      <BusyState busy={busy} />
    </>
  );
}

/** That an answer is waited for, once that lasts. */
export function BusyState({ busy }: { readonly busy: boolean }) {
  return (
    <div aria-live="polite" className="form-state">
      {busy && <BusyWords />}
    </div>
  );
}

function BusyWords() {
  const waiting = useWaiting();
  if (waiting === 'briefly') return null;
  return <p className="quiet">{waiting === 'long' ? words.stillAsking : words.asking}</p>;
}
