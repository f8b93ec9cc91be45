import type { MessageKey, ReplyView } from '@parley/client/api';
import { words } from '../words.ts';

interface QuoteProps {
  readonly reply: ReplyView;
  readonly sender: string;
  readonly onJump: (message: MessageKey) => void;
}

/** What a message answers: leads there, where it is here. */
export function Quote({ reply, sender, onJump }: QuoteProps) {
  switch (reply.status) {
    case 'loading':
      return <p className="quote quiet">{words.loading}</p>;
    case 'missing':
      return <p className="quote quiet">{words.conversation.questionMissing}</p>;
    case 'here':
      return (
        <button type="button" className="quote" onClick={() => onJump(reply)}>
          <span className="quote-sender">{words.conversation.answers(sender)}</span>
          <span className="quote-text" dir="auto">
            {reply.deleted ? words.conversation.deleted : reply.text}
          </span>
        </button>
      );
  }
}
