import type { MessageKey } from '@parley/client/api';
import { type RefObject, useCallback, useLayoutEffect, useState } from 'react';
import { failureOf } from '../failure.ts';
import { useToast } from '../ui/toast.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';
import { messageElement } from './message-element.ts';
import { keyOf, lastIndexOf } from './rows.ts';

/** A message that was jumped to stands out for so long. */
const SHOWN_MS = 1_600;

interface Jump {
  readonly jump: (message: MessageKey) => void;
  /** The key of the message that was jumped to last: it has to be in the page, to be shown. */
  readonly targetKey: string | undefined;
}

/** Leads to a message of the open conversation, which is loaded back to it where it is not shown yet. */
export function useJump(conversationId: string, log: RefObject<HTMLDivElement | null>): Jump {
  const parley = useParley();
  const toast = useToast();
  // A new object with each jump: a second one to the same message leads there again.
  const [target, setTarget] = useState<MessageKey>();

  useLayoutEffect(() => {
    if (target === undefined) return undefined;
    const item = messageElement(log.current, keyOf(target));
    item?.scrollIntoView({ block: 'center' });
    item?.classList.add('message-found');
    const timer = setTimeout(() => item?.classList.remove('message-found'), SHOWN_MS);
    return () => {
      clearTimeout(timer);
      item?.classList.remove('message-found');
    };
  }, [target, log]);

  const jump = useCallback(
    (message: MessageKey) => {
      const show = (): void => setTarget({ senderId: message.senderId, messageId: message.messageId });
      const loaded = parley.getSnapshot().timelines.get(conversationId)?.messages ?? [];
      if (lastIndexOf(loaded, message) !== -1) {
        show();
        return;
      }
      parley.loadBackTo(conversationId, message).then(
        (found) => (found === 'here' ? show() : toast({ text: words.conversation.jump[found] })),
        (error: unknown) => toast({ text: words.conversation.olderFailed(failureOf(error).text) }),
      );
    },
    [parley, toast, conversationId],
  );
  return { jump, targetKey: target && keyOf(target) };
}
