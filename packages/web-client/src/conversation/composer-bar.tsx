import type { MessageView } from '@parley/client/api';
import { IconButton } from '../ui/button.tsx';
import { CloseIcon, EditIcon, ReplyIcon } from '../ui/icons.tsx';
import { words } from '../words.ts';
import type { ComposerIntent } from './use-composer-intent.ts';

/** More than a line can show. */
const QUOTE_CHARACTERS = 200;

interface ComposerBarProps {
  readonly kind: ComposerIntent['kind'];
  /** As it is now; undefined: not loaded. */
  readonly message: MessageView | undefined;
  /** Who wrote it. */
  readonly sender: string;
  readonly onClose: () => void;
}

/** Says above the text which message is answered or changed. */
export function ComposerBar({ kind, message, sender, onClose }: ComposerBarProps) {
  const isReply = kind === 'reply';
  return (
    <div className="composer-bar">
      {isReply ? <ReplyIcon /> : <EditIcon />}
      <div className="composer-quote">
        <p className="composer-bar-title">{isReply ? words.composer.replyingTo(sender) : words.composer.editing}</p>
        <p className="composer-quoted" dir="auto">
          {message?.deleted ? words.conversation.deleted : message?.text.slice(0, QUOTE_CHARACTERS)}
        </p>
      </div>
      <IconButton name={isReply ? words.composer.leaveReply : words.composer.leaveEdit} icon={<CloseIcon />} onClick={onClose} />
    </div>
  );
}
