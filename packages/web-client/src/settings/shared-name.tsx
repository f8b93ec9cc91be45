import { Button } from '../ui/button.tsx';
import { useParley, useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';

/** Says once that somebody else had claimed one's username first, and by which name one is shown now. */
export function SharedNameNotice() {
  const parley = useParley();
  const sharedName = useSnapshot((snapshot) => snapshot.sharedName);
  if (sharedName === undefined) return null;
  return (
    <section className="page-notice" aria-label={words.sharedName.region}>
      <p role="status">{words.sharedName.text(sharedName.shown, sharedName.claimed)}</p>
      <Button onClick={() => parley.dismissSharedName()}>{words.sharedName.dismiss}</Button>
    </section>
  );
}
