import { exportData } from '@parley/client/export-data';
import { useState } from 'react';
import { failureOf } from '../failure.ts';
import { Button } from '../ui/button.tsx';
import { useParley } from '../use-parley.ts';
import { words } from '../words.ts';

/** By then every browser has read the file. */
const KEPT_MS = 60_000;

/** Gives a person all that the account has, as a file. */
export function DownloadData() {
  const parley = useParley();
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState('');

  async function download(): Promise<void> {
    setBusy(true);
    try {
      const pieces: string[] = [];
      let messages = 0;
      for await (const piece of exportData(parley, (progress) => setTold(words.settings.downloading((messages = progress.messages))))) pieces.push(piece);
      const { session } = parley.getSnapshot();
      save(new Blob(pieces, { type: 'application/json' }), words.settings.downloadName(session.status === 'signed-in' ? session.username : ''));
      setTold(words.settings.downloaded(messages));
    } catch (error) {
      setTold(words.settings.downloadFailed(failureOf(error).text));
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className="form-row">
      <Button onClick={() => void download()} busy={busy}>
        {words.settings.download}
      </Button>
      <span className="hint" role="status">
        {told}
      </span>
    </div>
  );
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Some browsers begin to read it only after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
