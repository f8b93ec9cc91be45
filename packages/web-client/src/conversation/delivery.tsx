import type { Delivery, MessageView } from '@parley/client/api';
import { CheckIcon, ChecksIcon, ClockIcon, CopiesIcon, WarningIcon } from '../ui/icons.tsx';
import { nextOf, useClock } from '../ui/use-clock.ts';
import { words } from '../words.ts';

/** Most messages are stored sooner: a word before that would only flicker. */
const SENDING_AFTER_MS = 300;
/** By then a person wonders whether to do something. */
const SLOW_AFTER_MS = 10_000;
/** Copies from which a message outlives the loss of a disk. */
const SAFE_COPIES = 2;

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

/** How far one's own message has come: a tick when it is safe, two when the other one has it, coloured when it was read; words while it is not safe. */
export function DeliveryMark({ delivery, receipt, onEdit, onRetry, onDiscard }: DeliveryMarkProps) {
  if (receipt !== undefined) return <Received receipt={receipt} />;
  switch (delivery?.status) {
    case undefined:
      return <Safe text={words.delivery.kept} />;
    case 'sending':
      return <Sending since={delivery.since} />;
    case 'stored':
      return <Stored copies={delivery.stored} replicas={delivery.replicas} />;
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

function Stored({ copies, replicas }: { readonly copies: number; readonly replicas: number }) {
  const text = words.delivery.stored(copies, replicas);
  if (copies >= Math.min(SAFE_COPIES, replicas)) return <Safe text={text} />;
  return (
    <span className="delivery">
      <CopiesIcon filled={copies} parts={replicas} />
      {text}
    </span>
  );
}

function Refused({ reason, onEdit, onRetry, onDiscard }: Omit<DeliveryMarkProps, 'delivery' | 'receipt'> & { readonly reason: string }) {
  return (
    <span className="delivery delivery-failed">
      <span className="delivery-reason">
        <WarningIcon />
        {words.delivery.failed(reason)}
      </span>
      <span className="delivery-actions">
        {onEdit && (
          <button type="button" className="link-button" onClick={onEdit}>
            {words.delivery.edit}
          </button>
        )}
        <button type="button" className="link-button" onClick={onRetry}>
          {words.delivery.retry}
        </button>
        <button type="button" className="link-button" onClick={onDiscard}>
          {words.delivery.discard}
        </button>
      </span>
    </span>
  );
}

/** A change of one's own message that was refused: the text is again what it was. */
export function RefusedEdit({ reason, onRetry, onDiscard }: { readonly reason: string; readonly onRetry: () => void; readonly onDiscard: () => void }) {
  return (
    <span className="delivery delivery-failed refused-edit">
      <span className="delivery-reason">
        <WarningIcon />
        {words.composer.editFailed(reason)}
      </span>
      <span className="delivery-actions">
        <button type="button" className="link-button" onClick={onRetry}>
          {words.delivery.edit}
        </button>
        <button type="button" className="link-button" onClick={onDiscard}>
          {words.delivery.discard}
        </button>
      </span>
    </span>
  );
}
