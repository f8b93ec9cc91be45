import type { MessageView } from '@parley/client/api';
import { useEffect } from 'react';
import { useToast } from '../ui/toast.tsx';
import { words } from '../words.ts';
import { returnToDraft } from './drafts.ts';
import { keepText, keptText, textNames } from './kept-texts.ts';
import { lastIndexOf } from './rows.ts';

/** No account's id is this word, which begins the names of drafts. */
const startOf = (self: string, conversationId: string): string => `edit.${self}.${conversationId}.`;

/** Keeps the text of a change that is made once a server answers, beside the change itself: should the message be deleted by then, nothing else would have it. */
export function keepEdit(self: string, conversationId: string, messageId: string, text: string): void {
  keepText(`${startOf(self, conversationId)}${messageId}`, text);
}

/** Puts the text of such a change into the draft, and says so, where its message was deleted before a server took it; forgets it once it is made. */
export function useKeptEdits(self: string, conversationId: string, messages: readonly MessageView[] | undefined): void {
  const toast = useToast();
  useEffect(() => {
    if (messages === undefined) return;
    const start = startOf(self, conversationId);
    for (const name of textNames()) {
      const message = name.startsWith(start) ? messages[lastIndexOf(messages, { senderId: self, messageId: name.slice(start.length) })] : undefined;
      if (message === undefined || !isSettled(message)) continue;
      if (message.deleted) {
        returnToDraft(self, conversationId, keptText(name));
        toast({ text: words.composer.editGone });
      }
      keepText(name, '');
    }
  }, [self, conversationId, messages, toast]);
}

/** No change of it is on its way any more. */
const isSettled = ({ deleted, failedEdit, edited }: MessageView): boolean => deleted || failedEdit !== undefined || edited?.sending === false;
