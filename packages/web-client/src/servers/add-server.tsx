import { type FormEvent, useRef, useState } from 'react';
import { roundTrip } from '../times.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';

/** Adds a server by its address, after asking it whether it belongs to this cluster. */
export function AddServer() {
  const parley = useParley();
  const { busy, failure, submit, forget } = useSubmit();
  const [address, setAddress] = useState('');
  const [missing, setMissing] = useState(false);
  const [added, setAdded] = useState<string>();
  const input = useRef<HTMLInputElement>(null);

  async function add(typed: string): Promise<void> {
    const { name, health, roundTripMs } = await parley.addServer(typed);
    setAdded(words.servers.added(name, words.servers.health[health].toLowerCase(), roundTripMs === undefined ? undefined : roundTrip(roundTripMs)));
    setAddress('');
  }

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const typed = address.trim();
    setMissing(typed === '');
    setAdded(undefined);
    forget();
    if (typed === '') input.current?.focus();
    else submit(() => add(typed));
  }

  return (
    <form className="form" noValidate onSubmit={onSubmit} aria-busy={busy}>
      <Field
        label={words.servers.address}
        name="server-address"
        type="url"
        inputMode="url"
        autoComplete="off"
        ref={input}
        value={address}
        hint={words.servers.addressHint}
        error={missing ? words.servers.addressMissing : failure?.text}
        onChange={(event) => setAddress(event.target.value)}
      />
      <div className="form-row">
        <Button type="submit" disabled={busy}>
          {words.servers.add}
        </Button>
        <p className="quiet" aria-live="polite">
          {busy ? words.servers.asking : added}
        </p>
      </div>
    </form>
  );
}
