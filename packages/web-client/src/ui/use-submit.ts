import { useRef, useState } from 'react';
import { type Failure, failureOf } from '../failure.ts';

export interface Submission {
  readonly busy: boolean;
  /** How the last try failed; undefined while one runs. */
  readonly failure: Failure | undefined;
  /** Runs `action`, unless one is running; keeps its failure. Never rejects. */
  readonly submit: (action: () => Promise<void>) => void;
  readonly forget: () => void;
}

/** The state of a form that is sent: one call at a time, its failure kept until the next try. */
export function useSubmit(): Submission {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const running = useRef(false);

  async function run(action: () => Promise<void>): Promise<void> {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setFailure(undefined);
    try {
      await action();
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      running.current = false;
      setBusy(false);
    }
  }

  return { busy, failure, submit: (action) => void run(action), forget: () => setFailure(undefined) };
}
