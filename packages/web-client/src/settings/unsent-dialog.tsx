import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';

interface Leaving {
  /** Messages that would be lost, while a person is asked about them; 0 while nobody is. */
  readonly unsent: number;
  /** Leaves, or asks first. */
  readonly leave: () => void;
  readonly stay: () => void;
  /** Leaves, whatever is lost. */
  readonly leaveAnyway: () => void;
}

/** A way to sign out, `signOut`, that asks first where messages would be lost by it. */
export function useLeaving(signOut: () => void): Leaving {
  const parley = useParley();
  const [unsent, setUnsent] = useState(0);
  const leave = (): void => {
    const count = parley.getSnapshot().unsent;
    if (count === 0) signOut();
    else setUnsent(count);
  };
  const stay = (): void => setUnsent(0);
  const leaveAnyway = (): void => {
    stay();
    signOut();
  };
  return { unsent, leave, stay, leaveAnyway };
}

/** Says what signing out would lose, while that is being asked about. */
export function UnsentDialog({ leaving }: { readonly leaving: Leaving }) {
  if (leaving.unsent === 0) return null;
  return (
    <Dialog title={words.conversations.unsent.title} onClose={leaving.stay}>
      <p>{words.conversations.unsent.text(leaving.unsent)}</p>
      <div className="dialog-actions">
        <Button data-autofocus onClick={leaving.stay}>
          {words.conversations.unsent.stay}
        </Button>
        <Button tone="danger" onClick={leaving.leaveAnyway}>
          {words.conversations.unsent.leave}
        </Button>
      </div>
    </Dialog>
  );
}
