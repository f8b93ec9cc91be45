import { existsSync } from 'node:fs';
import { BadConfig } from './config.ts';
import { systemTime } from './stamp/clock.ts';
import { MalformedChange } from './store/change.ts';
import { type Connection, openDatabase, UnusableDatabase } from './store/database.ts';
import { mergedTables } from './store/rebuild.ts';
import { Store } from './store/store.ts';

/** A line of progress for so many changes: one every second or so. */
const TELL_EVERY_CHANGES = 50_000;

/**
 * `parley-server rebuild`: makes all tables of a database anew from its log [B1] and tells, line by line, how far it is
 * and what it did. Rejects with BadConfig or UnusableDatabase, and nothing changed, where there is no such file, another process has it open, or
 * it cannot be rebuilt.
 */
export async function rebuild(dbFile: string, tell: (line: string) => void): Promise<void> {
  if (!existsSync(dbFile)) throw new BadConfig(`--db-file ${dbFile}: there is no such file; name the database of the replica to rebuild`);
  const databases = openDatabase(dbFile);
  const store = new Store({ databases, time: systemTime });
  try {
    const started = performance.now();
    const before = countRows(databases.reader);
    const changes = countOf(databases.reader, 'changes');
    tell(`making the tables of ${dbFile} anew from its log of ${changes} changes`);
    let told = 0;
    await store.rebuild((merged) => {
      if (merged - told < TELL_EVERY_CHANGES) return;
      told = merged;
      tell(`${merged} of ${changes} changes merged`);
    });
    for (const [table, rows] of countRows(databases.reader)) tell(`${table}: ${rows} rows, ${before.get(table) ?? 0} before`);
    tell(`done in ${((performance.now() - started) / 1000).toFixed(1)} s; the replica can be started again`);
  } catch (error) {
    if (!(error instanceof MalformedChange)) throw error;
    throw new UnusableDatabase(`${dbFile} cannot be rebuilt, and was left as it was: ${error.message}; move it away and start the replica with --join and the address of another one, or restore a backup`);
  } finally {
    store.close();
  }
}

function countRows(db: Connection): Map<string, number> {
  return new Map(mergedTables(db).map((table) => [table, countOf(db, table)]));
}

function countOf(db: Connection, table: string): number {
  return db.prepare<[], { rows: number }>(`SELECT count(*) AS rows FROM "${table}"`).get()?.rows ?? 0;
}
