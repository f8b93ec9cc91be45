import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDeletedTexts, markersOf } from './final-state.ts';
import { markedText } from './marker.ts';
import { SeededRandom } from './random.ts';

test('a deleted text is found in whatever file beside the database still holds its bytes; others are not', () => {
  const random = new SeededRandom(1, 'texts');
  const [kept, deleted, erased] = [markedText(random), markedText(random), markedText(random)];
  const dir = mkdtempSync(join(tmpdir(), 'parley-final-'));
  const dbFile = join(dir, 'server1.db');
  writeFileSync(dbFile, Buffer.concat([Buffer.from([0, 255, 128]), Buffer.from(kept), Buffer.from([0])]));
  writeFileSync(`${dbFile}-wal`, Buffer.concat([Buffer.from([7]), Buffer.from(deleted), Buffer.from([200])]));
  expect(findDeletedTexts(dbFile, markersOf([['ann/deleted', deleted], ['ann/erased', erased]]))).toEqual([{ file: 'server1.db-wal', key: 'ann/deleted' }]);
  rmSync(dir, { recursive: true });
});
