import { sameHash } from '../stamp/version-vector.ts';

/** Seqs asked for at once: a million changes take four questions. */
const PROBES = 64;

/** The first change in which two histories of one origin differ. */
export interface Parting {
  readonly seq: number;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
}

/** The hash of an origin's change with that seq; undefined or empty where there is none. */
export type HashAt = (seq: number) => Uint8Array | undefined;

/**
 * Finds where two histories part: as each hash covers the one before it, equal hashes at one seq mean equal changes up to
 * there, and a search by probes finds the first that differ. Undefined where one history is the beginning of the other.
 * `length` is that of ours; `theirs` asks the other replica, and rejects when it does not answer.
 */
export async function findParting(length: number, ours: HashAt, theirs: (seqs: number[]) => Promise<readonly Uint8Array[]>): Promise<Parting | undefined> {
  let same = 0;
  let end = length + 1;
  let differs: Parting | undefined;
  while (end - same > 1) {
    const step = Math.max(1, Math.ceil((end - same - 1) / PROBES));
    const seqs: number[] = [];
    for (let seq = same + step; seq < end; seq += step) seqs.push(seq);
    // The last one before the end is among them, so that each round narrows.
    if (seqs.at(-1) !== end - 1) seqs.push(end - 1);
    const hashes = await theirs(seqs);
    for (const [i, seq] of seqs.entries()) {
      const mine = ours(seq);
      const other = hashes[i];
      if (mine && other && sameHash(mine, other)) {
        same = seq;
        continue;
      }
      end = seq;
      differs = mine && other && other.length > 0 ? { seq, ours: mine, theirs: other } : undefined;
      break;
    }
  }
  return differs?.seq === end ? differs : undefined;
}
