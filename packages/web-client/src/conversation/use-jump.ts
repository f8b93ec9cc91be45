import type { MessageKey } from '@parley/client/api';
import { type RefObject, useCallback } from 'react';
import { failureOf } from '../failure.ts';
import { useToast } from '../ui/toast.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';

/** A message that was jumped to stands out for so long. */
const SHOWN_MS = 1_600;

/** Leads to a message of the open conversation, which is loaded back to it where it is not shown yet. */
export function useJump(conversationId: string, log: RefObject<HTMLDivElement | null>): (message: MessageKey) => void {
  const parley = useParley();
  const toast = useToast();
  return useCallback(
    (message) => {
      const show = (): boolean => {
        const item = [...(log.current?.querySelectorAll<HTMLElement>('[data-message-id]') ?? [])].find(
          ({ dataset }) => dataset['messageId'] === message.messageId && dataset['senderId'] === message.senderId,
        );
        item?.scrollIntoView({ block: 'center' });
        item?.classList.add('message-found');
        setTimeout(() => item?.classList.remove('message-found'), SHOWN_MS);
        return item !== undefined;
      };
      if (show()) return;
      parley.loadBackTo(conversationId, message).then(
        // What was loaded is drawn first.
        (found) => (found === 'here' ? requestAnimationFrame(() => void show()) : toast({ text: words.conversation.jump[found] })),
        (error: unknown) => toast({ text: words.conversation.olderFailed(failureOf(error).text) }),
      );
    },
    [parley, toast, conversationId, log],
  );
}
