import type { ConversationView, MessageView } from '@parley/client/api';
import { useEffect, useRef, useState } from 'react';
import { nameOf } from '../name.ts';
import { useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';

/** Speaks new messages of others to screen readers; timelines themselves are silent, or the whole chat would be read again. */
export function IncomingSpeaker({ self }: { readonly self: string }) {
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const [spoken, setSpoken] = useState('');
  const before = useRef<readonly ConversationView[]>(undefined);

  useEffect(() => {
    const incoming = before.current === undefined ? undefined : newestIncoming(before.current, conversations ?? []);
    if (incoming !== undefined) setSpoken(words.conversation.incoming(nameOf(incoming.from.other, self), incoming.message.text));
    if (conversations !== undefined) before.current = conversations;
  }, [conversations, self]);

  return (
    <div role="status" className="spoken-only">
      {spoken}
    </div>
  );
}

/** The first conversation whose newest message is new, unread, and from somebody else. */
function newestIncoming(
  before: readonly ConversationView[],
  after: readonly ConversationView[],
): { readonly from: ConversationView; readonly message: MessageView } | undefined {
  const known = new Set(before.map((conversation) => conversation.lastMessage?.messageId));
  for (const from of after) {
    const message = from.lastMessage;
    if (message !== undefined && !message.mine && !message.deleted && message.unread && !known.has(message.messageId)) return { from, message };
  }
  return undefined;
}
