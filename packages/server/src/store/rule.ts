import type { ChangeHeader, ChangeKind } from '@parley/proto/replication';
import type { Stamp } from '../stamp/stamp.ts';
import { type ChangeRecord, isErased } from './change.ts';

/** Of two rows the one with the higher stamp wins: the condition of an `ON CONFLICT DO UPDATE`. */
export const LATER = '(excluded.hlc, excluded.origin, excluded.seq) > (hlc, origin, seq)';
/** ... or the one with the lower stamp. */
export const EARLIER = '(excluded.hlc, excluded.origin, excluded.seq) < (hlc, origin, seq)';
/** Takes over the new row's stamp. */
export const STAMP = 'hlc = excluded.hlc, origin = excluded.origin, seq = excluded.seq';

/** The changes whose text has to go from the log, now that a change is merged. */
export type Doomed = readonly Pick<Stamp, 'origin' | 'seq'>[];
export const NOTHING: Doomed = [];

type Key<N> = N extends 1 ? [string] : N extends 2 ? [string, string] : [string, string, string];
/** A kind of change, and what a change of it does to the tables; and of a rule for a field that the kind got later, that field. */
export type Rule = readonly [kind: ChangeKind, merge: (record: ChangeRecord) => Doomed, field?: string];

/** Splits a change's key into its parts; undefined where it has another number of them. */
export function keyParts<N extends 1 | 2 | 3>(header: ChangeHeader, count: N): Key<N> | undefined {
  const parts = header.key.split('/');
  return parts.length === count && parts.every((part) => part !== '') ? (parts as Key<N>) : undefined;
}

/**
 * A kind's rule: how many parts its key has, how its payload is read, and what it does to the tables. A key or payload
 * that does not fit merges to nothing, and so does an erased change where there is no `mergeErased` for it.
 */
export function rule<N extends 1 | 2 | 3, P>(
  kind: ChangeKind,
  parts: N,
  payloads: { decode(bytes: Uint8Array): P },
  merge: (key: Key<N>, payload: P, stamp: ChangeHeader) => Doomed | void,
  mergeErased: (key: Key<N>, rest: P, stamp: ChangeHeader) => Doomed | void = () => {},
): Rule {
  return [
    kind,
    ({ header, change }) => {
      const key = keyParts(header, parts);
      if (!key) return NOTHING;
      let payload: P;
      try {
        payload = payloads.decode(change.payload);
      } catch {
        return NOTHING;
      }
      return (isErased(change) ? mergeErased : merge)(key, payload, header) ?? NOTHING;
    },
  ];
}
