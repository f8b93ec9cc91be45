import { useState } from 'react';
import { nameOf } from '../name.ts';
import { words } from '../words.ts';
import { useIncoming } from './use-incoming.ts';

/** Speaks new messages of others to screen readers; timelines themselves are silent, or the whole chat would be read again. */
export function IncomingSpeaker({ self }: { readonly self: string }) {
  const [spoken, setSpoken] = useState('');
  useIncoming(({ from, message }) => setSpoken(words.conversation.incoming(nameOf(from.other, self), message.text)));
  return (
    <div role="status" className="spoken-only">
      {spoken}
    </div>
  );
}
