import type { FormEvent, KeyboardEvent } from 'react';

/** What browsers report as the key code while an input method composes; some do so for the Enter that ends it, after `isComposing` is off. */
const COMPOSING_KEY_CODE = 229;

/** A form's submit: `send` instead of what the browser would do. */
export function sendOnSubmit(event: FormEvent, send: () => void): void {
  event.preventDefault();
  send();
}

/** A text box's key press: `send` where it is the key for that. */
export function sendOnKey(event: KeyboardEvent, send: () => void): void {
  if (!isSendKey(event)) return;
  event.preventDefault();
  send();
}

/** Whether a key press sends what was typed: Enter, but not Shift+Enter, which breaks the line, nor an Enter that belongs to an input method. */
function isSendKey(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey) return false;
  return !event.nativeEvent.isComposing && event.keyCode !== COMPOSING_KEY_CODE;
}
