import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from '@parley/sqlite';
import { fill } from '../../test/fill.ts';
import { systemTime } from '../stamp/clock.ts';
import { type Connection, openDatabase, openInMemory } from './database.ts';
import { hashTables } from './hash-tables.ts';
import { mergedTables } from './rebuild.ts';
import { Store } from './store.ts';

describe('the hash of the tables', () => {
  let dir: string;
  let store: Store;
  let db: Connection;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'parley-hash-'));
    store = new Store({ databases: openDatabase(join(dir, 'a.db')), time: systemTime });
    await fill(store, 200);
    db = new Database(join(dir, 'a.db'));
  });
  afterEach(() => {
    db.close();
    store.close();
    rmSync(dir, { recursive: true });
  });

  test('[S2] replicas that applied the same changes in another order have equal hashes: local row numbers do not count', async () => {
    const other = openInMemory();
    const late = new Store({ databases: other, time: systemTime });
    const more = new Store({ databases: openInMemory(), time: systemTime });
    await fill(more, 20);
    const all = (from: Store) => from.log.lacking(from.vector, new Store({ databases: openInMemory(), time: systemTime }).vector, { changes: 1e6, bytes: 1e9 }).changes;
    for (const first of [more, store]) await late.write((tx) => all(first).forEach((change) => tx.apply(change)));
    expect(hashTables(other.writer)).not.toEqual(hashTables(db));
    await store.write((tx) => all(more).forEach((change) => tx.apply(change)));
    expect(hashTables(other.writer)).toEqual(hashTables(db));
    late.close();
    more.close();
  });

  test('[G1] every value of every merged table counts', () => {
    const tables = mergedTables(db);
    expect(tables).toEqual(['accounts', 'conversations', 'creations', 'credentials', 'edits', 'hidden', 'members', 'messages', 'receipts', 'removals', 'replicas', 'replies', 'usernames']);
    for (const table of tables) {
      if (Number(db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n) === 0) continue;
      const before = hashTables(db);
      const columns = db.prepare<[string], { name: string; type: string }>('SELECT name, type FROM pragma_table_info(?)').all(table);
      for (const { name, type } of columns) {
        db.exec(`BEGIN; UPDATE ${table} SET ${name} = ${type === 'TEXT' ? `${name} || 'x'` : `coalesce(${name}, 0) + 1000000`} WHERE ${name} = (SELECT max(${name}) FROM ${table})`);
        const isRowNumber = table === 'messages' && name === 'row';
        expect([table, name, hashTables(db).equals(before)]).toEqual([table, name, isRowNumber]);
        db.exec('ROLLBACK');
      }
      expect(hashTables(db)).toEqual(before);
    }
  });

  test('[G1] a table that a later version adds counts by itself; one without a key that is the same everywhere is refused', () => {
    const before = hashTables(db);
    db.exec('CREATE TABLE reactions (message_id TEXT PRIMARY KEY, emoji TEXT)');
    expect(hashTables(db)).not.toEqual(before);
    db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
    expect(() => hashTables(db)).toThrow(/notes has no key/);
  });
});
