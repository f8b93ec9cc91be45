import { type KeyboardEvent, useId, useState } from 'react';
import { Avatar } from '../ui/avatar.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { BusyState } from '../ui/field.tsx';
import { SendIcon } from '../ui/icons.tsx';
import { sendOnKey, sendOnSubmit } from '../ui/send-key.ts';
import { useSubmit } from '../ui/use-submit.ts';
import { useParley, useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { parseQuickSend } from './quick-send.ts';
import { type Destination, destinations } from './switcher-results.ts';
import { useAccountSearch } from './use-account-search.ts';

interface SwitcherProps {
  /** The id of one's own account. */
  readonly self: string;
  /** Shows a conversation; the switcher is closed by that. */
  readonly onGo: (conversationId: string) => void;
  readonly onClose: () => void;
}

/** One box over everything: a part of a name leads to a conversation, `bob: hello` is sent at once. */
export function Switcher(props: SwitcherProps) {
  return (
    <Dialog title={words.switcher.title} onClose={props.onClose}>
      <SwitcherForm {...props} />
    </Dialog>
  );
}

function SwitcherForm({ self, onGo }: SwitcherProps) {
  const parley = useParley();
  const { busy, failure, submit, forget } = useSubmit();
  const [line, setLine] = useState('');
  const [problem, setProblem] = useState<string>();
  const [chosen, setChosen] = useState(0);
  const id = useId();
  const writes = line.includes(':');
  const results = useDestinations(writes ? undefined : line.trim().replace(/^@/, ''), self);
  const selected = results[Math.min(chosen, results.length - 1)];
  const error = problem ?? failure?.text;
  const optionId = ({ account }: Destination): string => `${id}-${account.accountId}`;

  const go = ({ account }: Destination): void => onGo(parley.conversationWith(account.accountId));
  function act(): void {
    if (busy) return;
    if (selected !== undefined) return go(selected);
    const parsed = parseQuickSend(line);
    forget();
    setProblem('problem' in parsed ? parsed.problem : undefined);
    if (!('problem' in parsed)) submit(async () => onGo(await parley.sendTo(parsed.recipient, parsed.text)));
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || event.nativeEvent.isComposing || results.length === 0) return sendOnKey(event, act);
    event.preventDefault();
    setChosen((Math.min(chosen, results.length - 1) + step + results.length) % results.length);
  };
  const change = (next: string): void => {
    setLine(next);
    setChosen(0);
    setProblem(undefined);
    forget();
  };

  return (
    <form className="switcher" noValidate onSubmit={(event) => sendOnSubmit(event, act)} aria-busy={busy}>
      <input
        className="switcher-box"
        role="combobox"
        aria-label={words.switcher.label}
        aria-expanded={results.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={selected && optionId(selected)}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        data-autofocus
        dir="auto"
        autoComplete="off"
        spellCheck={writes}
        enterKeyHint={writes ? 'send' : 'go'}
        value={line}
        placeholder={words.switcher.placeholder}
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={words.switcher.results} className="switcher-list" hidden={results.length === 0}>
        {results.map((one) => (
          <Option key={one.account.accountId} id={optionId(one)} destination={one} selected={one === selected} onChoose={() => go(one)} />
        ))}
      </ul>
      {writes && <Sending line={line} />}
      <p id={`${id}-note`} className={error === undefined ? 'hint switcher-note' : 'problem switcher-note'} aria-live="polite">
        {error ?? (results.length === 0 && !writes ? words.switcher.nobody : words.switcher.hint)}
      </p>
      <BusyState busy={busy} />
    </form>
  );
}

function Option({ id, destination, selected, onChoose }: { readonly id: string; readonly destination: Destination; readonly selected: boolean; readonly onChoose: () => void }) {
  const { account, name, unreadCount } = destination;
  return (
    // The keyboard is the box's: it says which option Enter takes.
    <li id={id} role="option" aria-selected={selected} className="switcher-option" onMouseDown={(event) => event.preventDefault()} onClick={onChoose}>
      <Avatar account={account} />
      <span className="item-name">{name}</span>
      {unreadCount > 0 && <span className="badge">{words.conversations.unread(unreadCount)}</span>}
    </li>
  );
}

/** What Enter sends, and to whom. */
function Sending({ line }: { readonly line: string }) {
  const parsed = parseQuickSend(line);
  if ('problem' in parsed) return null;
  return (
    <button type="submit" className="switcher-send">
      <SendIcon />
      <span className="item-name">
        {words.switcher.sendTo(parsed.recipient)} <span className="quiet">{parsed.text}</span>
      </span>
    </button>
  );
}

/** Where a part of a name may lead; undefined: nowhere, a message is being written. */
function useDestinations(query: string | undefined, self: string): readonly Destination[] {
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const found = useAccountSearch(query ?? '');
  return query === undefined ? [] : destinations(query, conversations ?? [], found, self);
}
