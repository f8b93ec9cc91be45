import { useCallback } from 'react';
import { failureOf } from '../failure.ts';
import { useToast } from '../ui/toast.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';

/** The edit is kept on this device and is made later: the message shows that. */
const KEPT = 'KEPT';

/** Changes the text of a message of one's own; says why where that is refused. */
export function useSaveEdit(conversationId: string): (messageId: string, text: string) => void {
  const parley = useParley();
  const toast = useToast();
  return useCallback(
    (messageId, text) => {
      parley.edit(conversationId, messageId, text).catch((error: unknown) => {
        if (error instanceof Error && 'reason' in error && error.reason === KEPT) return;
        toast({ text: words.composer.editFailed(failureOf(error).text) });
      });
    },
    [parley, toast, conversationId],
  );
}
