import { decodeStored } from './change.ts';
import type { Connection } from './database.ts';
import type { Merge } from './merge.ts';

/** Tables that are not the merge of the log. */
const LOCAL_TABLES: ReadonlySet<string> = new Set(['changes', 'version_vector', 'local']);
/** Changes read at once: bounds memory, whatever the log's length. */
const PAGE_ROWS = 1000;

/** The tables that are the merge of the log, by name. */
export function mergedTables(db: Connection): string[] {
  const tables = db.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name").all();
  return tables.map(({ name }) => name).filter((name) => !LOCAL_TABLES.has(name));
}

/** Makes the tables anew from the log, inside the caller's transaction. `told` hears of each page how many changes were merged so far. */
export function rebuildTables(db: Connection, merge: Merge, told: (changes: number) => void = () => {}): void {
  for (const table of mergedTables(db)) db.exec(`DELETE FROM ${table}`);
  const page = db.prepare<[number, number], { arrival: number; change: Buffer }>('SELECT arrival, change FROM changes WHERE arrival > ? ORDER BY arrival LIMIT ?');
  let merged = 0;
  for (let rows = page.all(0, PAGE_ROWS); rows.length > 0; rows = page.all(rows.at(-1)?.arrival ?? 0, PAGE_ROWS)) {
    for (const { change } of rows) merge.apply(decodeStored(change));
    merged += rows.length;
    told(merged);
  }
}
