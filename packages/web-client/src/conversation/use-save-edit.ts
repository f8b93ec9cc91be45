import { useCallback } from 'react';
import { failureOf } from '../failure.ts';
import { useToast } from '../ui/toast.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';
import { returnToDraft } from './drafts.ts';
import { keepEdit } from './use-kept-edits.ts';

/** The edit is kept on this device and is made later: the message shows that. */
const KEPT = 'KEPT';
/** There is no message any more that could show what it was to become. */
const GONE = 'MESSAGE_DELETED';

/** Changes the text of a message of one's own; says why where that is refused. The text of one that was deleted meanwhile goes into the draft, so that it is not lost. */
export function useSaveEdit(self: string, conversationId: string): (messageId: string, text: string) => void {
  const parley = useParley();
  const toast = useToast();
  return useCallback(
    (messageId, text) => {
      parley.edit(conversationId, messageId, text).catch((error: unknown) => {
        const reason = error instanceof Error && 'reason' in error ? error.reason : undefined;
        if (reason === KEPT) return keepEdit(self, conversationId, messageId, text);
        if (reason === GONE) returnToDraft(self, conversationId, text);
        return toast({ text: reason === GONE ? words.composer.editGone : words.composer.editFailed(failureOf(error).text) });
      });
    },
    [parley, toast, self, conversationId],
  );
}
