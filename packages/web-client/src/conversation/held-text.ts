import type { MessageKey, ParleyApi } from '@parley/client/api';
import { useEffect } from 'react';
import { useParley } from '../use-parley.ts';
import { fieldsOf, keepText, keptText, textNames } from './kept-texts.ts';

/** No account's id is this word, which begins the names of drafts. */
const START = 'sending.';

/** A text that has left the composer and is not known to be in the outbox yet. */
export interface HeldText {
  readonly recipientId: string;
  readonly messageId: string;
  readonly text: string;
  /** The message that it answers. */
  readonly replyTo?: MessageKey | undefined;
}

/**
 * Keeps a text until the outbox has it. The composer is empty by then, and storing the outbox takes a moment: a page that ends in it finds the text here and sends
 * it once more, under the same id, so that it is there once. `refused`: it cannot be sent, and has to go back to whoever wrote it.
 */
export function holdUntilKept(parley: ParleyApi, self: string, held: HeldText, refused: (text: string) => void): void {
  const name = `${START}${self}.${held.messageId}`;
  keepText(name, JSON.stringify(held));
  parley.kept(held.messageId).then(
    () => keepText(name, ''),
    () => {
      keepText(name, '');
      refused(held.text);
    },
  );
}

/** Sends what an earlier page ended over. */
export function useHeldTexts(self: string): void {
  const parley = useParley();
  useEffect(() => {
    for (const held of heldTexts(self)) {
      const { messageId, replyTo } = held;
      parley.send(parley.conversationWith(held.recipientId), held.text, { messageId, ...(replyTo && { replyTo }) });
      holdUntilKept(parley, self, held, () => undefined);
    }
  }, [parley, self]);
}

function heldTexts(self: string): HeldText[] {
  return [...textNames()].filter((name) => name.startsWith(`${START}${self}.`)).flatMap((name) => parse(keptText(name)));
}

function parse(kept: string): HeldText[] {
  const { recipientId, messageId, text, replyTo } = fieldsOf<HeldText>(kept);
  return recipientId !== undefined && messageId !== undefined && text !== undefined ? [{ recipientId, messageId, text, replyTo }] : [];
}
