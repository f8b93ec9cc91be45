import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { words } from '../words.ts';
import { useNewerShell } from './keep-shell.ts';

/** Says that a newer version of the page is here: the person chooses when it is loaded, and no draft is lost by it. */
export function NewerVersionNotice() {
  const [later, setLater] = useState(false);
  if (!useNewerShell() || later) return null;
  return (
    <section className="page-notice" aria-label={words.newerVersion.region}>
      <p role="status">{words.newerVersion.text}</p>
      <div className="form-row">
        <Button tone="primary" onClick={() => window.location.reload()}>
          {words.newerVersion.reload}
        </Button>
        <Button onClick={() => setLater(true)}>{words.newerVersion.later}</Button>
      </div>
    </section>
  );
}
