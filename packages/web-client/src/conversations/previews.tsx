import type { ConversationView, MessageView } from '@parley/client/api';
import type { ReactNode } from 'react';
import { ClockIcon, WarningIcon } from '../ui/icons.tsx';
import { words } from '../words.ts';

/** More than a line of the list can show; a message may have 8,000. */
const PREVIEW_CHARACTERS = 160;

/** The second line of a conversation in the list: somebody types, a draft waits, or the newest message. `draft`: empty for none. */
export function Preview({ conversation, draft }: { readonly conversation: ConversationView; readonly draft: string }) {
  if (conversation.typing) return <em>{words.conversations.typing}</em>;
  if (draft.trim() !== '')
    return (
      <>
        <span className="item-draft">{words.conversations.draft}</span>
        {shorten(draft)}
      </>
    );
  return conversation.lastMessage === undefined ? null : <LastMessage message={conversation.lastMessage} />;
}

function LastMessage({ message }: { readonly message: MessageView }): ReactNode {
  const { delivery, mine } = message;
  if (message.deleted) return <i>{words.conversation.deleted}</i>;
  if (delivery?.status === 'failed')
    return (
      <>
        <span className="item-failed">
          <WarningIcon />
          {words.conversations.notSent}
        </span>
        {shorten(message.text)}
      </>
    );
  return (
    <>
      {delivery?.status === 'sending' && <ClockIcon />}
      {mine && words.conversations.you}
      {shorten(message.text)}
    </>
  );
}

const shorten = (text: string): string => text.slice(0, PREVIEW_CHARACTERS);
