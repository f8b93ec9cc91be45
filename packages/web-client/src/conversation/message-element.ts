import { keyOf } from './rows.ts';

/** The element of a message in an open conversation, by the key of rows.ts; undefined where it is not in the page. */
export function messageElement(log: HTMLElement | null, key: string): HTMLElement | undefined {
  const items = log?.querySelectorAll<HTMLElement>('[data-message-id]') ?? [];
  return [...items].find(({ dataset: { senderId = '', messageId = '' } }) => keyOf({ senderId, messageId }) === key);
}
