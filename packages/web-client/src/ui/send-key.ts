import type { FormEvent, KeyboardEvent } from 'react';

/** What browsers report as the key code while an input method composes; some do so for the Enter that ends it, after `isComposing` is off. */
const COMPOSING_KEY_CODE = 229;

/** What a form and its text box need so that the button and the Enter key both call `send`. */
export function sendHandlers(send: () => void): { onSubmit: (event: FormEvent) => void; onKeyDown: (event: KeyboardEvent) => void } {
  return {
    onSubmit: (event) => {
      event.preventDefault();
      send();
    },
    onKeyDown: (event) => {
      if (!isSendKey(event)) return;
      event.preventDefault();
      send();
    },
  };
}

/** Whether a key press sends what was typed: Enter, but not Shift+Enter, which breaks the line, nor an Enter that belongs to an input method. */
function isSendKey(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey) return false;
  return !event.nativeEvent.isComposing && event.keyCode !== COMPOSING_KEY_CODE;
}
