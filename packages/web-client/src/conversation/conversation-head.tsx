import type { AccountView } from '@parley/client/api';
import { nameOf } from '../name.ts';
import { openerIdOf } from '../route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/button.tsx';
import { BackIcon, InfoIcon } from '../ui/icons.tsx';
import { words } from '../words.ts';

interface ConversationHeadProps {
  readonly other: AccountView;
  /** The id of one's own account. */
  readonly self: string;
  readonly onBack: () => void;
  readonly detailsOpen: boolean;
  readonly onDetails: () => void;
}

/** Above a conversation: who it is with. All of it opens the details. */
export function ConversationHead({ other, self, onBack, detailsOpen, onDetails }: ConversationHeadProps) {
  return (
    <header className="conversation-head">
      <IconButton className="narrow-only" name={words.conversation.back} icon={<BackIcon />} onClick={onBack} />
      <h2 className="conversation-title">
        <button type="button" id={openerIdOf('details')} className="conversation-who" aria-expanded={detailsOpen} title={words.details.title} onClick={onDetails}>
          <Avatar account={other} />
          <span className="conversation-name">{nameOf(other, self)}</span>
          <InfoIcon />
        </button>
      </h2>
    </header>
  );
}
