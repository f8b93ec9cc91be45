import type { Delivery, MessageView } from '@parley/client/api';
import { CheckIcon, ChecksIcon, ClockIcon, CopiesIcon, WarningIcon } from '../ui/icons.tsx';
import { nextOf, useClock } from '../ui/use-clock.ts';
import { words } from '../words.ts';

/** Most messages are stored sooner: a word before that would only flicker. */
const SENDING_AFTER_MS = 300;
/** By then a person wonders whether to do something. */
const SLOW_AFTER_MS = 10_000;

interface DeliveryMarkProps {
  /** Undefined: it came from a server, so it is safe. */
  readonly delivery: Delivery | undefined;
  /** How far it has come with the other one: more than any server tells. */
  readonly receipt: MessageView['receipt'];
  /** Undefined: there is nowhere to edit it. */
  readonly onEdit: (() => void) | undefined;
  readonly onRetry: () => void;
  readonly onDiscard: () => void;
}

/**
 * How far one's own message has come: a ring that fills with copies until all servers that are up have it, then a tick, two when the other one has it,
 * coloured when it was read. What a tick stands for, and on which servers the message is, is in its tooltip, and spoken.
 */
export function DeliveryMark({ delivery, receipt, onEdit, onRetry, onDiscard }: DeliveryMarkProps) {
  if (receipt !== undefined) return <Received receipt={receipt} />;
  switch (delivery?.status) {
    case undefined:
      return <Safe text={words.delivery.kept} />;
    case 'sending':
      return <Sending since={delivery.since} />;
    case 'stored':
      return <Stored delivery={delivery} />;
    case 'failed':
      return <Refused reason={delivery.reason} onEdit={onEdit} onRetry={onRetry} onDiscard={onDiscard} />;
  }
}

function Safe({ text }: { readonly text: string }) {
  return (
    <span className="delivery delivery-safe" title={text}>
      <CheckIcon />
      <span className="spoken-only">{text}</span>
    </span>
  );
}

function Received({ receipt }: { readonly receipt: NonNullable<MessageView['receipt']> }) {
  const text = words.delivery[receipt];
  return (
    <span className={receipt === 'read' ? 'delivery delivery-read' : 'delivery'} title={text}>
      <ChecksIcon />
      <span className="spoken-only">{text}</span>
    </span>
  );
}

function Sending({ since }: { readonly since: number }) {
  const now = useClock((time) => nextOf([since + SENDING_AFTER_MS, since + SLOW_AFTER_MS], time));
  if (now < since + SENDING_AFTER_MS) return null;
  return (
    <span className="delivery">
      <ClockIcon />
      {now < since + SLOW_AFTER_MS ? words.delivery.sending : words.delivery.slow}
    </span>
  );
}

function Stored({ delivery }: { readonly delivery: Delivery & { readonly status: 'stored' } }) {
  const { stored, replicas, onAllUp, servers } = delivery;
  if (onAllUp) return <Safe text={tickText(delivery)} />;
  const where = servers && words.delivery.storedOn(servers);
  return (
    <span className="delivery" title={where}>
      <CopiesIcon filled={stored} parts={replicas} />
      {words.delivery.stored(stored, replicas)}
      {where !== undefined && <span className="spoken-only">. {where}</span>}
    </span>
  );
}

function tickText({ stored, replicas, servers }: Delivery & { readonly status: 'stored' }): string {
  if (servers) return words.delivery.onAllUp(servers);
  return stored >= replicas ? words.delivery.stored(stored, replicas) : words.delivery.onAllUpOnce;
}

interface Remedy {
  readonly name: string;
  readonly run: () => void;
}

function Refused({ reason, onEdit, onRetry, onDiscard }: Omit<DeliveryMarkProps, 'delivery' | 'receipt'> & { readonly reason: string }) {
  const remedies = [...(onEdit ? [{ name: words.delivery.edit, run: onEdit }] : []), { name: words.delivery.retry, run: onRetry }, { name: words.delivery.discard, run: onDiscard }];
  return <Problem text={words.delivery.failed(reason)} remedies={remedies} />;
}

/** A change of one's own message that was refused: the text is again what it was. */
export function RefusedEdit({ reason, onEdit, onDiscard }: { readonly reason: string; readonly onEdit: () => void; readonly onDiscard: () => void }) {
  return (
    <div className="refused-edit">
      <Problem text={words.composer.editFailed(reason)} remedies={[{ name: words.delivery.edit, run: onEdit }, { name: words.delivery.discard, run: onDiscard }]} />
    </div>
  );
}

function Problem({ text, remedies }: { readonly text: string; readonly remedies: readonly Remedy[] }) {
  return (
    <span className="delivery delivery-failed">
      <span className="delivery-reason">
        <WarningIcon />
        {text}
      </span>
      <span className="delivery-actions">
        {remedies.map(({ name, run }) => (
          <button key={name} type="button" className="link-button" onClick={run}>
            {name}
          </button>
        ))}
      </span>
    </span>
  );
}
