import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from '@parley/sqlite';
import { fill } from '../../test/fill.ts';
import { startWorker } from '../../test/start-worker.ts';
import { systemTime } from '../stamp/clock.ts';
import { Background } from './background.ts';
import { inspectDatabase, openDatabase } from './database.ts';
import { copyDatabase, stripIdentity } from './file-copy.ts';
import { Store } from './store.ts';

describe('copies of the database', () => {
  let dir: string;
  let file: string;
  let store: Store;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'parley-copy-'));
    file = join(dir, 'a.db');
    store = new Store({ databases: openDatabase(file), time: systemTime });
    await store.setLocal('replica_id', 'me');
    await store.setLocal('cluster_id', 'ours');
    await fill(store, 500);
  });
  afterEach(() => {
    store.close();
    rmSync(dir, { recursive: true });
  });

  test('[J3] a copy is whole, for this user alone, hashed, and without what was erased', () => {
    const db = new Database(file);
    // As erasing on a file does whose pages are not overwritten: freed, but still there.
    db.pragma('secure_delete = OFF');
    const secret = 'a secret that was deleted'.repeat(200);
    db.prepare('CREATE TABLE notes (text TEXT)').run();
    db.prepare('INSERT INTO notes VALUES (?)').run(secret);
    db.exec('DELETE FROM notes; DROP TABLE notes');
    db.close();
    const live = Buffer.concat([readFileSync(file), readFileSync(`${file}-wal`)]);
    expect(live.includes('a secret that was deleted')).toBe(true);
    const copy = join(dir, 'a.db.copy');
    const made = copyDatabase(file, copy);
    const bytes = readFileSync(copy);
    expect(made).toEqual({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest(), schema: expect.any(Number) });
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(bytes.includes('a secret that was deleted')).toBe(false);
    expect(() => inspectDatabase(copy)).not.toThrow();
    const copied = new Database(copy, { readonly: true });
    expect(copied.prepare('SELECT count(*) AS n FROM changes').get()).toEqual({ n: store.log.head });
    copied.close();
  });

  test('[J3] the identity is taken out of a copy, the clock stays', () => {
    const copy = join(dir, 'a.db.copy');
    copyDatabase(file, copy);
    stripIdentity(copy);
    const copied = new Store({ databases: openDatabase(copy), time: { ...systemTime, wallMs: () => 0 } });
    expect([copied.getLocal('replica_id'), copied.getLocal('cluster_id')]).toEqual([undefined, undefined]);
    expect(copied.hlc).toBe(store.hlc);
    expect(copied.vector.equals(store.vector)).toBe(true);
    copied.close();
  });

  test('[J3] a worker thread copies while writes go on: it holds all that was committed before, and no half of a write', async () => {
    const background = new Background(startWorker);
    const copy = join(dir, 'a.db.copy');
    const before = store.log.head;
    let isDone = false;
    const copying = background.run({ kind: 'copy', from: file, to: copy }).finally(() => {
      isDone = true;
    });
    let writes = 0;
    for (; !isDone; writes++) await fill(store, 3);
    await copying;
    expect(writes).toBeGreaterThan(1);
    const copied = new Store({ databases: openDatabase(copy), time: systemTime });
    expect(copied.log.head).toBeGreaterThanOrEqual(before);
    expect([...copied.vector].reduce((sum, { seq }) => sum + seq, 0)).toBe(copied.log.head);
    copied.close();
    await background.close();
  });

  test('[J3] what fails in a worker thread is told, and a closed background takes nothing more', async () => {
    const background = new Background(startWorker);
    await expect(background.run({ kind: 'copy', from: join(dir, 'none.db'), to: join(dir, 'x') })).rejects.toThrow(/unable to open|cannot open/);
    await expect(background.run({ kind: 'copy', from: file, to: file })).rejects.toThrow(/EEXIST/);
    await background.close();
    await expect(background.run({ kind: 'copy', from: file, to: join(dir, 'y') })).rejects.toThrow(/closing/);
  });
});
