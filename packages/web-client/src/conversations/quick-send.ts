import { words } from '../words.ts';

/** What a quick-send line says: to whom and what, or what is wrong with it. */
export type QuickSend = { readonly recipient: string; readonly text: string } | { readonly problem: string };

/**
 * Reads `recipient: text`. The first colon divides; an `@` before the name and the space after the colon are dropped; the
 * text is kept as it is otherwise, line breaks and further colons included.
 */
export function parseQuickSend(line: string): QuickSend {
  const colon = line.indexOf(':');
  if (line.trim() === '') return { problem: words.quickSend.noRecipient };
  if (colon === -1) return { problem: words.quickSend.noColon };
  const recipient = line.slice(0, colon).trim().replace(/^@/, '');
  if (recipient === '') return { problem: words.quickSend.noRecipient };
  if (/\s/.test(recipient)) return { problem: words.quickSend.noColon };
  const text = line.slice(colon + 1).replace(/^ +/, '');
  return text.trim() === '' ? { problem: words.quickSend.noText } : { recipient, text };
}

/** The name that is being typed, for suggestions; undefined once the colon is there. */
export function recipientBeingTyped(line: string): string | undefined {
  const typed = line.trim().replace(/^@/, '');
  return typed === '' || line.includes(':') ? undefined : typed;
}
