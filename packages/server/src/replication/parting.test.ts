import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { findParting } from './parting.ts';

/** Hashes of a history, each covering the one before it. */
function chain(changes: readonly number[]): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (const change of changes) hashes.push(createHash('sha256').update(hashes.at(-1) ?? '').update(String(change)).digest().subarray(0, 16));
  return hashes;
}

test('[F3] the first change that differs is found, whatever the lengths, or that there is none', async () => {
  const history = fc.array(fc.integer(), { maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(history, history, history, async (common, tailA, tailB) => {
      const a = chain([...common, ...tailA]);
      const b = chain([...common, ...tailB]);
      let asked = 0;
      const parting = await findParting(a.length, (seq) => a[seq - 1], async (seqs) => {
        asked += 1;
        return seqs.map((seq) => b[seq - 1] ?? new Uint8Array());
      });
      const first = a.findIndex((hash, i) => b[i] !== undefined && Buffer.compare(hash, b[i]) !== 0);
      expect(parting?.seq).toBe(first < 0 ? undefined : first + 1);
      if (parting) expect([parting.ours, parting.theirs]).toEqual([a[first], b[first]]);
      expect(asked).toBeLessThanOrEqual(3);
    }),
  );
});
