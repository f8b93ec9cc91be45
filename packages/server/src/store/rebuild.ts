import { type ChangeRecord, decodeStored, MalformedChange } from './change.ts';
import type { Connection } from './database.ts';
import type { Merge } from './merge.ts';
import type { Doomed } from './rule.ts';
import { LOCAL_TABLES } from './schema.ts';

/** Changes of the log in memory at once. */
const PAGE_CHANGES = 1000;

/** The tables that are merged from the log, by name: all but the local ones. */
export function mergedTables(db: Connection): string[] {
  const tables = db.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").all();
  return tables.map(({ name }) => name).filter((name) => !LOCAL_TABLES.has(name));
}

/**
 * Makes all merged tables anew from the log, inside the running transaction [B1]. `progress` hears now and then how many
 * changes are merged. Returns the changes whose text has to be erased, as Merge.apply does: none in a log that this
 * program wrote. Throws MalformedChange, naming the change, where the log itself is damaged.
 */
export function rebuildTables(db: Connection, merge: Merge, progress: (changes: number) => void = () => {}): Doomed {
  for (const table of mergedTables(db)) db.exec(`DELETE FROM "${table}"`);
  return mergeLogged(db, merge, () => true, progress).doomed;
}

/** Merges the log by some of the rules, by which it is not merged yet, inside the running transaction [V1]. Returns how many changes they are for. */
export function mergeByRules(db: Connection, merge: Merge, names: ReadonlySet<string>): { changes: number; doomed: Doomed } {
  const kinds = new Set([...names].map((name) => Number.parseInt(name)));
  return mergeLogged(db, merge.only(names), ({ header }) => kinds.has(header.kind));
}

/** Merges those changes of the log of `db` that are wanted, into the database that `merge` is for: the same one, or another. Returns how many they were. */
export function mergeLogged(db: Connection, merge: Pick<Merge, 'apply'>, isWanted: (record: ChangeRecord) => boolean, progress: (changes: number) => void = () => {}): { changes: number; doomed: Doomed } {
  const doomed: Doomed[number][] = [];
  let changes = 0;
  for (const page of logPages(db)) {
    for (const record of page) {
      if (!isWanted(record)) continue;
      doomed.push(...merge.apply(record));
      changes += 1;
    }
    progress(changes);
  }
  return { changes, doomed };
}

/** The whole log in order of arrival, as the running transaction sees it. */
function* logPages(db: Connection): Generator<ChangeRecord[]> {
  const after = db.prepare<[number, number], { arrival: number; origin: number; seq: number; change: Buffer }>('SELECT arrival, origin, seq, change FROM changes WHERE arrival > ? ORDER BY arrival LIMIT ?');
  for (let arrival = 0; ; ) {
    const rows = after.all(arrival, PAGE_CHANGES);
    const last = rows.at(-1);
    if (!last) return;
    arrival = last.arrival;
    yield rows.map(({ origin, seq, change }) => {
      try {
        return decodeStored(change);
      } catch (error) {
        throw new MalformedChange(`change ${seq} of origin ${origin} in the log is damaged: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  }
}
