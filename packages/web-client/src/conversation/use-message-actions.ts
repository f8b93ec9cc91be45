import type { MessageView } from '@parley/client/api';
import { useMemo, useState } from 'react';
import { failureOf } from '../failure.ts';
import { useToast } from '../ui/toast.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';
import { copyText } from './copy-text.ts';
import type { MessageActions } from './message-item.tsx';
import type { ComposerIntents } from './use-composer-intent.ts';

interface MessageActionOptions {
  readonly restore: ((text: string) => void) | undefined;
  readonly refocus: () => void;
  readonly intents: ComposerIntents;
  readonly jump: MessageActions['onJump'];
}

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
export function useMessageActions({ restore, refocus, intents, jump }: MessageActionOptions): MessageActionState {
  const parley = useParley();
  const toast = useToast();
  const [asked, setAsked] = useState<MessageView>();
  const { reply, edit } = intents;

  const actions = useMemo((): MessageActions => {
    const complain = (say: (why: string) => string) => (error: unknown) => toast({ text: say(failureOf(error).text) });
    const undelete = (message: MessageView): void => {
      parley.deleteMessages([message], 'undo').catch(complain(words.conversation.undoFailed));
    };
    const begin = (intend: (message: MessageView) => void) => restore && ((message: MessageView) => {
      intend(message);
      refocus();
    });
    return {
      onReply: begin(reply),
      onChange: begin((message) => edit(message, message.text)),
      onCopy: (message) => {
        void copyText(message.text).then((isCopied) => toast({ text: isCopied ? words.conversation.copied : words.conversation.copyFailed }));
      },
      onJump: jump,
      onRetryChange: (message) => {
        if (message.failedEdit) edit(message, message.failedEdit.text);
        parley.discardEdit(message.messageId);
        refocus();
      },
      onDiscardChange: (message) => {
        parley.discardEdit(message.messageId);
        refocus();
      },
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
  }, [parley, toast, restore, refocus, reply, edit, jump]);

  return { actions, asked, closeAsked: () => setAsked(undefined) };
}
