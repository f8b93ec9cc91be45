import { createHash, type Hash } from 'node:crypto';
import type { Connection } from './database.ts';
import { mergedTables } from './rebuild.ts';

/** Rows are hashed this many characters at a time: a call for each row would cost more than the hashing. */
const HASHED_AT_ONCE = 64 * 1024;

interface Column {
  readonly name: string;
  readonly type: string;
  /** 1-based place in the primary key; 0: not in it. */
  readonly pk: number;
}

/**
 * SHA-256 over all rows of all merged tables, in the order of their keys: equal on any two replicas with equal vectors [S2]. The tables are those
 * that the schema has, but for local ones, so that a new one cannot be forgotten; local row numbers do not count.
 */
export function hashTables(db: Connection): Buffer {
  const sha256 = createHash('sha256');
  for (const table of mergedTables(db)) hashTable(db, table, sha256);
  return sha256.digest();
}

function hashTable(db: Connection, table: string, sha256: Hash): void {
  const columns = db.prepare<[string], Column>('SELECT name, type, pk FROM pragma_table_info(?)').all(table);
  const rowNumber = rowNumberOf(columns);
  const names = columns.map(({ name }) => name).filter((name) => name !== rowNumber).sort();
  const key = rowNumber === undefined ? columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk).map(({ name }) => name) : uniqueKeyOf(db, table);
  if (key.length === 0) throw new Error(`table ${table} has no key that is the same on every replica`);
  let text = `${JSON.stringify([table, names])}\n`;
  for (const row of db.prepare(`SELECT ${names.map(quoted).join(', ')} FROM ${quoted(table)} ORDER BY ${key.map(quoted).join(', ')}`).raw().iterate()) {
    text += `${JSON.stringify(row)}\n`;
    if (text.length < HASHED_AT_ONCE) continue;
    sha256.update(text);
    text = '';
  }
  sha256.update(text);
}

/** A single INTEGER primary key is SQLite's own number of the row: in the order in which rows came to this replica. */
function rowNumberOf(columns: readonly Column[]): string | undefined {
  const [only, another] = columns.filter(({ pk }) => pk > 0);
  return only && !another && only.type === 'INTEGER' ? only.name : undefined;
}

function uniqueKeyOf(db: Connection, table: string): string[] {
  const index = db.prepare<[string], { name: string }>('SELECT name FROM pragma_index_list(?) WHERE "unique" = 1 AND partial = 0 ORDER BY name').get(table);
  return index ? db.prepare<[string], { name: string }>('SELECT name FROM pragma_index_info(?) ORDER BY seqno').all(index.name).map(({ name }) => name) : [];
}

function quoted(name: string): string {
  return `"${name}"`;
}
