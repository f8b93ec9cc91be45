import type { MessageKey } from '@parley/client/api';
import { useCallback, useMemo } from 'react';
import { fieldsOf, keepText, useKeptText } from './kept-texts.ts';

/** What the composer is for just now, besides writing a new message: answering a message, or changing one of one's own. */
export interface ComposerIntent extends MessageKey {
  readonly kind: 'reply' | 'edit';
}

/** The intent of a conversation's composer, and what sets it: a message's actions, or a key in the composer. Kept as the draft is: when the page is closed, the same in all tabs. */
export interface ComposerIntents {
  readonly intent: ComposerIntent | undefined;
  readonly reply: (message: MessageKey) => void;
  /** Begins with `text`: the message's own, or what it was to become. */
  readonly edit: (message: MessageKey, text: string) => void;
  /** Back to writing a new message. */
  readonly clear: () => void;
}

/** No account's id is one of these words, which begin the names of drafts. */
const intentName = (self: string, conversationId: string): string => `intent.${self}.${conversationId}`;
const changeName = (self: string, conversationId: string): string => `change.${self}.${conversationId}`;

/** One for each open conversation. The functions stay the same from one rendering to the next. */
export function useComposerIntent(self: string, conversationId: string): ComposerIntents {
  const kept = useKeptText(intentName(self, conversationId));
  const intent = useMemo(() => parse(kept), [kept]);
  const setters = useMemo(() => {
    const begin = (kind: ComposerIntent['kind'], { senderId, messageId }: MessageKey, text: string): void => {
      keepText(changeName(self, conversationId), text);
      keepText(intentName(self, conversationId), JSON.stringify({ kind, senderId, messageId } satisfies ComposerIntent));
    };
    return {
      reply: (message: MessageKey) => begin('reply', message, ''),
      edit: (message: MessageKey, text: string) => begin('edit', message, text),
      clear: () => {
        keepText(intentName(self, conversationId), '');
        keepText(changeName(self, conversationId), '');
      },
    };
  }, [self, conversationId]);
  return useMemo(() => ({ intent, ...setters }), [intent, setters]);
}

/** The text that a message of one's own is being changed to, and how to change it. Apart from the intent, so that typing renders only what shows the text. */
export function useChangedText(self: string, conversationId: string): readonly [string, (text: string) => void] {
  const name = changeName(self, conversationId);
  return [useKeptText(name), useCallback((text: string) => keepText(name, text), [name])];
}

function parse(kept: string): ComposerIntent | undefined {
  const { kind, senderId, messageId } = fieldsOf<ComposerIntent>(kept);
  return kind !== undefined && senderId !== undefined && messageId !== undefined ? { kind, senderId, messageId } : undefined;
}
