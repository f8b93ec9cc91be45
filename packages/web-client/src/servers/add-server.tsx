import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { roundTrip } from '../times.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { PlusIcon } from '../ui/icons.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';

/** The head of the servers panel: how many are live, and the button that opens the form to add one. */
export function AddServer({ count }: { readonly count: string }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="add-server">
      <div className="add-server-head">
        <p className="quiet">{count}</p>
        <Button className="button-small" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
          <PlusIcon />
          {words.servers.add}
        </Button>
      </div>
      {open && <AddServerForm id={id} />}
    </div>
  );
}

/** Adds a server by its address, after asking it whether it belongs to this cluster. */
function AddServerForm({ id }: { readonly id: string }) {
  const parley = useParley();
  const { busy, failure, submit, forget } = useSubmit();
  const [address, setAddress] = useState('');
  const [missing, setMissing] = useState(false);
  const [added, setAdded] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);

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
    <form id={id} className="form add-server-form" noValidate onSubmit={onSubmit} aria-busy={busy}>
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
        <Button type="submit" busy={busy}>
          {words.servers.check}
        </Button>
        <p className="quiet" aria-live="polite">
          {busy ? words.servers.asking : added}
        </p>
      </div>
    </form>
  );
}
