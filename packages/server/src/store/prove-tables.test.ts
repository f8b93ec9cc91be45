import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeKind, MessageCreated, MessageDeleted } from '@parley/proto/replication';
import Database from '@parley/sqlite';
import { fill } from '../../test/fill.ts';
import { systemTime } from '../stamp/clock.ts';
import { openDatabase } from './database.ts';
import { hashTables } from './hash-tables.ts';
import { proveTables } from './prove-tables.ts';
import { Store } from './store.ts';

describe('comparing tables with the log', () => {
  let dir: string;
  let file: string;
  let store: Store;
  const prove = (at?: Parameters<typeof proveTables>[2]) => proveTables(file, `${file}.scratch`, at);
  const meddle = (sql: string) => {
    const db = new Database(file);
    db.exec(sql);
    db.close();
  };
  const write = (kind: ChangeKind, key: string, payload: Uint8Array) => store.write((tx) => tx.append(kind, key, payload));
  const send = (id: string) => write(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `alice/${id}`, MessageCreated.encode({ conversationId: 'talk', text: 'hi', sentAtMs: 1 }).finish());
  const erase = (id: string) => write(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, `alice/${id}`, MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish());
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'parley-prove-'));
    file = join(dir, 'a.db');
    store = new Store({ databases: openDatabase(file), time: systemTime });
    await fill(store, 300);
  });
  afterEach(() => {
    store.close();
    rmSync(dir, { recursive: true });
  });

  test('[G2] tables that are what the log makes of them are proven so, and nothing is left of the rebuild', () => {
    const db = new Database(file, { readonly: true });
    expect(prove()).toEqual({ own: 'equal', at: [...store.vector], hash: hashTables(db), rebuilt: hashTables(db) });
    db.close();
    expect(readdirSync(dir).filter((name) => name.includes('scratch'))).toEqual([]);
  });

  test('[G2] a row that was changed, added or lost behind the back of the log is found', () => {
    for (const sql of ["UPDATE messages SET text = 'forged' WHERE row = 7", 'DELETE FROM receipts WHERE upto_seq > 0', "INSERT INTO hidden VALUES ('a', 'b', 'c', 1, 1, 1, 1)"]) {
      meddle(sql);
      expect(prove()).toMatchObject({ own: 'differs' });
    }
  });

  test('[G2] a change that is damaged, or was lost from the log, is found', () => {
    meddle("UPDATE changes SET change = x'0a02ffff' WHERE arrival = 9");
    expect(prove()).toMatchObject({ own: 'differs', hash: 'moved on' });
    meddle('DELETE FROM changes WHERE arrival = 9');
    expect(prove().own).toBe('differs');
    meddle('DELETE FROM changes WHERE arrival = (SELECT max(arrival) FROM changes)');
    expect(prove().own).toBe('differs');
  });

  test('[G3] the hash at an earlier vector is that which the tables had then', async () => {
    const before = prove();
    await send('m1');
    await fill(store, 100);
    expect(prove(before.at)).toMatchObject({ own: 'equal', hash: before.hash });
    expect(prove().hash).not.toEqual(before.hash);
  });

  test('[G3] a vector that is not covered, by number or by hash, has no hash here', async () => {
    const [entry, ...others] = store.vector;
    if (!entry) throw new Error('nothing was written');
    expect(prove([{ ...entry, seq: entry.seq + 1 }, ...others])).toMatchObject({ hash: 'behind' });
    expect(prove([{ ...entry, hash: new Uint8Array(16) }])).toMatchObject({ hash: 'behind' });
    expect(prove([...store.vector, { origin: 77, seq: 1, hash: new Uint8Array(16) }])).toMatchObject({ hash: 'behind' });
  });

  test('[G3] what the tables were before a message was erased cannot be made again', async () => {
    await send('m1');
    const before = prove();
    await erase('m1');
    expect(prove(before.at)).toMatchObject({ own: 'equal', hash: 'moved on' });
    const after = prove();
    await send('m2');
    expect(prove(after.at)).toMatchObject({ own: 'equal', hash: after.hash });
  });
});
