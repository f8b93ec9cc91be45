import type { MessageKey, ParleyApi } from '@parley/client/api';
import { useEffect } from 'react';
import { useParley } from '../use-parley.ts';

/** Signing out forgets these with the drafts. No account's id is this word. */
const PREFIX = 'parley.draft.sending.';

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
  const key = `${PREFIX}${self}.${held.messageId}`;
  try {
    window.localStorage.setItem(key, JSON.stringify(held));
  } catch {
    // No storage, or none left: the moment is short.
  }
  const release = (): void => {
    try {
      window.localStorage.removeItem(key);
    } catch {
      // Nothing was stored then.
    }
  };
  parley.kept(held.messageId).then(release, () => {
    release();
    refused(held.text);
  });
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
  try {
    const keys = Object.keys(window.localStorage).filter((key) => key.startsWith(`${PREFIX}${self}.`));
    return keys.flatMap((key) => parse(window.localStorage.getItem(key)));
  } catch {
    return [];
  }
}

function parse(stored: string | null): HeldText[] {
  const held = JSON.parse(stored ?? '{}') as Partial<HeldText>;
  const { recipientId, messageId, text, replyTo } = held;
  return recipientId !== undefined && messageId !== undefined && text !== undefined ? [{ recipientId, messageId, text, replyTo }] : [];
}
