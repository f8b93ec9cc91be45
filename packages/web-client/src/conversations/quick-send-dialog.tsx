import { useEffect } from 'react';
import { Dialog } from '../ui/dialog.tsx';
import { words } from '../words.ts';
import { QuickSendForm } from './quick-send-form.tsx';

/** The quick-send box, over whatever is shown. */
export function QuickSendDialog({ onSent, onClose }: { readonly onSent: (conversationId: string) => void; readonly onClose: () => void }) {
  return (
    <Dialog title={words.quickSend.title} onClose={onClose}>
      <QuickSendForm onSent={onSent} />
    </Dialog>
  );
}

/** Calls `open` on Ctrl-K or Cmd-K, unless some dialog is open already. `open` must stay the same from one rendering to the next. */
export function useQuickSendShortcut(open: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const asked = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!asked) return;
      event.preventDefault();
      if (document.querySelector('dialog[open]') === null) open();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [open]);
}
