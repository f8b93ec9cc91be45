import { useEffect, useEffectEvent, useReducer, useState } from 'react';
import { failureOf } from '../failure.ts';
import { useParley, useSnapshot } from '../use-parley.ts';

export type Opening = { readonly status: 'loading' } | { readonly status: 'open' } | { readonly status: 'failed'; readonly problem: string };

/** Loads a conversation when it is shown; where that failed, again when the connection comes back, or by `retry`. */
export function useOpening(conversationId: string): { readonly opening: Opening; readonly retry: () => void } {
  const parley = useParley();
  const live = useSnapshot((snapshot) => snapshot.connection.status === 'live');
  const [opening, setOpening] = useState<Opening>({ status: 'loading' });
  const [turn, nextTurn] = useReducer((count: number) => count + 1, 0);

  useEffect(() => {
    let outdated = false;
    const settle = (next: Opening): void => {
      if (!outdated) setOpening(next);
    };
    parley.openConversation(conversationId).then(
      () => settle({ status: 'open' }),
      (error: unknown) => settle({ status: 'failed', problem: failureOf(error).text }),
    );
    return () => {
      outdated = true;
    };
  }, [parley, conversationId, turn]);

  const retry = (): void => {
    setOpening({ status: 'loading' });
    nextTurn();
  };
  const retryIfFailed = useEffectEvent(() => {
    if (opening.status === 'failed') retry();
  });
  useEffect(() => {
    if (live) retryIfFailed();
  }, [live]);

  return { opening, retry };
}
