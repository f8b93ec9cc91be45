import { useState } from 'react';
import { nameOf } from '../name.ts';
import { words } from '../words.ts';
import { useIncoming } from './use-incoming.ts';

/** Speaks new messages of others to screen readers; timelines themselves are silent, or the whole chat would be read again. */
export function IncomingSpeaker({ self }: { readonly self: string }) {
  const [spoken, setSpoken] = useState({ text: '', count: 0 });
  useIncoming(({ from, message }) =>
    setSpoken((before) => ({ text: words.conversation.incoming(nameOf(from.other, self), message.text), count: before.count + 1 })),
  );
  return (
    <div role="status" className="spoken-only">
      {/* The same words twice are two messages: a new element is spoken, an unchanged one is not. */}
      <span key={spoken.count}>{spoken.text}</span>
    </div>
  );
}
