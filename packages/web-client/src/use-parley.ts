import type { ClientSnapshot, ParleyApi } from '@parley/client/api';
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';

/** The client that the page shows. Provided once, by the app. */
export const ParleyContext = createContext<ParleyApi | undefined>(undefined);

/** The client, for calls. */
export function useParley(): ParleyApi {
  const parley = useContext(ParleyContext);
  if (parley === undefined) throw new Error('a component of the page is outside of <App>');
  return parley;
}

/**
 * A part of the client's state; the component renders again when that part changes. `select` must return the same
 * reference for the same snapshot: a field of it, or a primitive.
 */
export function useSnapshot<Part>(select: (snapshot: ClientSnapshot) => Part): Part {
  const parley = useParley();
  const subscribe = useCallback((listener: () => void) => parley.subscribe(listener), [parley]);
  return useSyncExternalStore(subscribe, () => select(parley.getSnapshot()));
}
