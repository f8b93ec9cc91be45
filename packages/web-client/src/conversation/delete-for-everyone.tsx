import type { MessageView } from '@parley/client/api';
import { generalText } from '../failure.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FormState } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';

/** Asks before a message is deleted for everyone: that cannot be taken back. */
export function DeleteForEveryone({ message, onClose }: { readonly message: MessageView; readonly onClose: () => void }) {
  const parley = useParley();
  const { busy, failure, submit } = useSubmit();
  const erase = (): void =>
    submit(async () => {
      await parley.deleteMessages([message], 'for-everyone');
      onClose();
    });

  return (
    <Dialog title={words.conversation.everyone.title} onClose={onClose}>
      <blockquote className="quoted" dir="auto">
        {message.text}
      </blockquote>
      <p>{words.conversation.everyone.text}</p>
      <FormState busy={busy} problem={generalText(failure, [])} />
      <div className="dialog-actions">
        <Button data-autofocus onClick={onClose}>
          {words.cancel}
        </Button>
        <Button tone="danger" busy={busy} onClick={erase}>
          {words.conversation.everyone.confirm}
        </Button>
      </div>
    </Dialog>
  );
}
