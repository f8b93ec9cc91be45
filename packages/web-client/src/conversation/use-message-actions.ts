import type { MessageView } from '@parley/client/api';
import { useMemo, useState } from 'react';
import { failureOf } from '../failure.ts';
import { useToast } from '../ui/toast.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';
import type { MessageActions } from './message-item.tsx';

interface MessageActionState {
  readonly actions: MessageActions;
  /** The message of which deleting it for everyone is being asked about. */
  readonly asked: MessageView | undefined;
  readonly closeAsked: () => void;
}

/**
 * What can be done with a message. `restore` puts a text back into the composer, `refocus` moves the focus there: the
 * message that had it is gone. Both must stay the same from one rendering to the next. Without `restore` there is no composer.
 */
export function useMessageActions(restore: ((text: string) => void) | undefined, refocus: () => void): MessageActionState {
  const parley = useParley();
  const toast = useToast();
  const [asked, setAsked] = useState<MessageView>();

  const actions = useMemo((): MessageActions => {
    const complain = (say: (why: string) => string) => (error: unknown) => toast({ text: say(failureOf(error).text) });
    const undelete = (message: MessageView): void => {
      parley.deleteMessages([message], 'undo').catch(complain(words.conversation.undoFailed));
    };
    return {
      onDeleteForMe: (message) => {
        parley.deleteMessages([message], 'for-me').catch(complain(words.conversation.deleteFailed));
        toast({ text: words.conversation.deletedForMe, action: { name: words.conversation.undo, run: () => undelete(message) } });
        refocus();
      },
      onDeleteForEveryone: setAsked,
      onEdit: restore && ((message) => {
        parley.discard(message.messageId);
        restore(message.text);
        refocus();
      }),
      onRetry: (message) => {
        parley.retry(message.messageId);
        refocus();
      },
      onDiscard: (message) => {
        parley.discard(message.messageId);
        refocus();
      },
    };
  }, [parley, toast, restore, refocus]);

  return { actions, asked, closeAsked: () => setAsked(undefined) };
}
