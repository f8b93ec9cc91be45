import type { Connection } from '../src/store/database.ts';
import { mergedTables } from '../src/store/rebuild.ts';

/** All merged tables, rows in order, without local row numbers: equal for equal tables. */
export function readTables(db: Connection): Record<string, unknown[]> {
  return Object.fromEntries(
    mergedTables(db).map((table) => {
      const columns = db.prepare<[], { name: string }>(`SELECT name FROM pragma_table_info('${table}') WHERE name <> 'row' ORDER BY cid`).all().map(({ name }) => name);
      return [table, db.prepare(`SELECT ${columns.join(', ')} FROM "${table}" ORDER BY ${columns.join(', ')}`).all()];
    }),
  );
}
