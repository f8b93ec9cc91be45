import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from '@parley/sqlite';
import { Change, ChangeKind, HiddenSet, MessageCreated, MessageDeleted, ReadMarked } from '@parley/proto/replication';
import { bytesOf } from '../../test/files.ts';
import { readTables } from '../../test/tables.ts';
import { VirtualTime } from '../../test/virtual-time.ts';
import { decodeChange, encodeChange, erase, isErased } from './change.ts';
import { openDatabase } from './database.ts';
import { Store, type Transaction } from './store.ts';

const PAGE = { changes: 10_000, bytes: 1e9 };
const create = (tx: Transaction, id: string, text: string) => tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `alice/${id}`, MessageCreated.encode({ conversationId: 'talk', text, sentAtMs: 1 }).finish());
const remove = (tx: Transaction, id: string) => tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, `alice/${id}`, MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish());
/** A text of which every part of 20 bytes can be told from all others. */
const telling = (i: number, length: number) => `<text-${i}>`.padStart(20, '*').repeat(Math.ceil(length / 20)).slice(0, Math.max(20, length));
const has = (dbFile: string, i: number) => bytesOf(dbFile).includes(`<text-${i}>`);

describe('erasing', () => {
  let dir: string;
  let time: VirtualTime;
  let opened: Store[];
  const open = (name: string) => {
    const store = new Store({ databases: openDatabase(join(dir, name)), time });
    opened.push(store);
    return store;
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'parley-erase-'));
    time = new VirtualTime();
    opened = [];
  });
  afterEach(() => {
    for (const store of opened) store.close();
    rmSync(dir, { recursive: true });
  });

  test('[E1] a deletion takes the text out of the log, in the file and in memory; stamp, hash and header stay', async () => {
    const store = open('a.db');
    await store.write((tx) => create(tx, 'm1', 'one'));
    await store.write((tx) => create(tx, 'm2', 'two'));
    const before = store.log.after(0, PAGE);
    await store.write((tx) => remove(tx, 'm1'));
    const fromMemory = store.log.after(0, PAGE);
    opened.pop()?.close();
    const fromFile = open('a.db').log.after(0, PAGE);
    for (const log of [fromMemory, fromFile]) {
      expect(log.map(({ change }) => isErased(change))).toEqual([true, false, false]);
      expect(log.slice(0, 2).map(({ hash, change }) => [hash, Buffer.from(change.header)])).toEqual(before.map(({ hash, change }) => [hash, Buffer.from(change.header)]));
    }
  });

  test('[E1] a creation that comes after its deletion is stored erased, and one of the same transaction too', async () => {
    const [a, b] = [open('a.db'), open('b.db')];
    await a.write((tx) => create(tx, 'm1', 'one'));
    await b.write((tx) => remove(tx, 'm1'));
    const [created] = a.log.after(0, PAGE);
    const told: boolean[] = [];
    b.onCommit((changes) => told.push(...changes.map(({ change }) => isErased(change))));
    await b.write((tx) => {
      if (created) tx.apply(created);
      create(tx, 'm2', 'two');
      remove(tx, 'm2');
      create(tx, 'm1', 'a retry');
    });
    expect(b.log.after(1, PAGE).map(({ change }) => isErased(change))).toEqual([true, true, false, true]);
    expect(told).toEqual([true, true, false, true]);
    expect(b.queries.messages.byKey('bob', 'alice', 'm1')).toMatchObject({ deleted: true, text: '' });
  });

  test('[S1] a deletion that is taken back leaves the text where it was, in the file and in memory', async () => {
    const store = open('a.db');
    await store.write((tx) => create(tx, 'm1', 'one'));
    const [log, tables] = [store.log.after(0, PAGE), store.queries.messages.byKey('bob', 'alice', 'm1')];
    const failing = (id: string) => store.write((tx) => {
      remove(tx, id);
      throw new Error('no');
    });
    const results = await Promise.allSettled([store.write((tx) => create(tx, 'm2', 'two')), failing('m1'), failing('m2')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(store.log.after(0, PAGE).map(({ change }) => isErased(change))).toEqual([false, false]);
    expect([store.log.after(0, PAGE)[0], store.queries.messages.byKey('bob', 'alice', 'm1')]).toEqual([log[0], tables]);
    opened.pop()?.close();
    expect(open('a.db').log.after(0, PAGE).map(({ change }) => isErased(change))).toEqual([false, false]);
  });

  test('[E3] of a message that was created twice and came erased the lowest creation tells when it was sent, in whatever order they came and were erased', async () => {
    const creation = (origin: number, hlc: number, sentAtMs: number) =>
      encodeChange({ origin, seq: 1, hlc }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: 'alice/m1', payload: MessageCreated.encode({ conversationId: 'talk', text: 'one', sentAtMs }).finish() }, undefined, []);
    const first = creation(7, 1000, 500);
    const second = creation(8, 2000, 400);
    const orders = [[first, erase(second)], [second, erase(first)], [erase(first), second], [erase(second), first], [erase(first), erase(second)], [erase(second), erase(first)]];
    for (const [i, order] of orders.entries()) {
      const store = open(`order-${i}.db`);
      for (const change of order) await store.write((tx) => tx.apply(change));
      expect(store.queries.messages.byKey('bob', 'alice', 'm1')).toMatchObject({ deleted: true, sentAtMs: 500 });
      await store.rebuild();
      expect(store.queries.messages.byKey('bob', 'alice', 'm1')).toMatchObject({ deleted: true, sentAtMs: 500 });
    }
  });

  test('[E3] an erased creation merges as a deletion of the lowest stamp; a real one wins, in either order', async () => {
    const origin = 4711;
    const payload = MessageCreated.encode({ conversationId: 'talk', text: 'gone', sentAtMs: 1 }).finish();
    const created = encodeChange({ origin, seq: 1, hlc: 5 }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: 'alice/m1', payload }, undefined, []);
    const came = decodeChange(erase(created).change);
    const deleted = encodeChange({ origin: 4712, seq: 1, hlc: 3 }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_DELETED, key: 'alice/m1', payload: MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish() }, undefined, []);
    const [a, b] = [open('a.db'), open('b.db')];
    await a.write((tx) => tx.apply(came));
    expect(a.queries.messages.byKey('bob', 'alice', 'm1')).toMatchObject({ deleted: true, text: '', conversationId: 'talk', sentAtMs: 1, position: { hlc: 5, origin }, contentBy: { origin: 0, seq: 0 } });
    expect(a.queries.messages.erasedWithoutTombstone(10)).toEqual([{ senderId: 'alice', messageId: 'm1', conversationId: 'talk', sentAtMs: 1 }]);
    await a.write((tx) => tx.apply(deleted));
    await b.write((tx) => [deleted, came].forEach((change) => tx.apply(change)));
    expect(a.queries.messages.byKey('bob', 'alice', 'm1')).toMatchObject({ deleted: true, conversationId: 'talk', position: { hlc: 5, origin }, contentBy: { origin: 4712, seq: 1 } });
    expect(b.queries.messages.byKey('bob', 'alice', 'm1')).toEqual(a.queries.messages.byKey('bob', 'alice', 'm1'));
    expect(a.queries.messages.erasedWithoutTombstone(10)).toEqual([]);
  });

  test('[E1] a change that says to be erased and has text all the same is taken without it', async () => {
    const payload = MessageCreated.encode({ conversationId: 'talk', text: telling(1, 100), sentAtMs: 1 }).finish();
    const { change, hash } = encodeChange({ origin: 4711, seq: 1, hlc: 5 }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: 'alice/m1', payload }, undefined, []);
    const store = open('a.db');
    await store.write((tx) => tx.apply(decodeChange({ ...change, salt: new Uint8Array() })));
    expect(has(join(dir, 'a.db'), 1)).toBe(false);
    expect(store.queries.messages.byKey('bob', 'alice', 'm1')).toMatchObject({ deleted: true, conversationId: 'talk' });
    expect(store.vector.get(4711)?.hash).toEqual(hash);
  });

  test('[E2] soon after, the bytes are in no file: short texts and long ones, read and hidden, retried, deleted before they came, among thousands that stay', async () => {
    const [a, b] = [open('a.db'), open('b.db')];
    const lengths = [5, 150, 900, 4100, 8000];
    const count = 1000;
    const texts = Array.from({ length: count }, (_, i) => telling(i, lengths[i % lengths.length] ?? 0));
    const isGone = (i: number) => i % 7 < 4;
    for (const [i, text] of texts.entries()) {
      void a.write((tx) => {
        create(tx, `m${i}`, text);
        if (i % 3 === 0) tx.append(ChangeKind.CHANGE_KIND_HIDDEN_SET, `bob/alice/m${i}`, HiddenSet.encode({ hidden: true }).finish());
        if (i % 3 === 1) tx.append(ChangeKind.CHANGE_KIND_READ_MARKED, 'bob/talk', ReadMarked.encode({ read: [{ origin: a.origin ?? 0, seq: a.vector.seq(a.origin ?? 0) }] }).finish());
      });
    }
    const created = await a.write(() => {}).then(() => a.log.after(0, PAGE));
    await time.pass(2000);
    // b deletes every second one before it has come, and the rest after, in another order than they were made.
    const gone = texts.map((_, i) => i).filter(isGone).sort((x, y) => (x * 7919) % count - (y * 7919) % count);
    for (const i of gone.filter((x) => x % 2 === 0)) void b.write((tx) => remove(tx, `m${i}`));
    await b.write((tx) => created.forEach((change) => tx.apply(change)));
    for (const i of gone.filter((x) => x % 2 === 1)) void b.write((tx) => remove(tx, `m${i}`));
    await b.write((tx) => create(tx, 'm1', texts[1] ?? ''));
    const deletions = b.log.lacking(b.vector, a.vector, PAGE).changes;
    await a.write((tx) => deletions.forEach((change) => tx.apply(change)));
    await time.pass(2000);
    const kept = texts.map((_, i) => i).filter((i) => !isGone(i));
    const found = (name: string) => [...new Set(bytesOf(join(dir, name)).toString('latin1').match(/(?<=<text-)\d+(?=>)/g)?.map(Number))].sort((x, y) => x - y);
    for (const name of ['a.db', 'b.db']) expect(found(name)).toEqual(kept);
    for (const store of opened.splice(0)) store.close();
    open('a.db');
    expect(found('a.db')).toEqual(kept);
  }, 20_000);

  test('[E2] while somebody else reads an older state the checkpoint is tried again; the event loop does not wait for it', async () => {
    const store = open('a.db');
    await time.pass(2000);
    await store.write((tx) => create(tx, 'm1', telling(1, 8000)));
    const reader = new Database(join(dir, 'a.db'));
    reader.exec('BEGIN; SELECT count(*) FROM changes');
    await store.write((tx) => remove(tx, 'm1'));
    const started = performance.now();
    await time.pass(5000);
    expect(performance.now() - started).toBeLessThan(1500);
    expect(has(join(dir, 'a.db'), 1)).toBe(true);
    reader.close();
    await time.pass(1000);
    expect(has(join(dir, 'a.db'), 1)).toBe(false);
  });

  test('[E2] what a killed process left in the write-ahead log is gone soon after the next start', async () => {
    const store = open('a.db');
    await time.pass(2000);
    await store.write((tx) => create(tx, 'm1', telling(1, 8000)));
    await store.write((tx) => remove(tx, 'm1'));
    // A copy of the files as they are is what a kill leaves.
    for (const suffix of ['', '-wal']) copyFileSync(join(dir, `a.db${suffix}`), join(dir, `killed.db${suffix}`));
    expect(has(join(dir, 'killed.db'), 1)).toBe(true);
    open('killed.db');
    await time.pass(1000);
    expect(has(join(dir, 'killed.db'), 1)).toBe(false);
  });

  test('[E1] what was deleted by a version that did not erase loses its text when the file is opened', async () => {
    const databases = openDatabase(join(dir, 'a.db'));
    const store = new Store({ databases, time });
    const whole = await store.write((tx) => create(tx, 'm1', telling(1, 50)).change);
    await store.write((tx) => [create(tx, 'm2', telling(2, 50)), remove(tx, 'm1')]);
    const tables = readTables(databases.writer);
    // As the first schema's version left it.
    databases.writer.prepare('UPDATE changes SET change = ? WHERE seq = 1').run(Change.encode(whole.result).finish());
    databases.writer.exec("DROP INDEX messages_without_tombstone; DROP TABLE removals; DROP TABLE edits; DROP TABLE replies; ALTER TABLE messages DROP COLUMN edited_at_ms; ALTER TABLE messages DROP COLUMN revision; DELETE FROM local WHERE name = 'known_kinds'; PRAGMA user_version = 1");
    store.close();
    expect(has(join(dir, 'a.db'), 1)).toBe(true);
    const again = openDatabase(join(dir, 'a.db'));
    opened.push(new Store({ databases: again, time }));
    expect(readTables(again.writer)).toEqual(tables);
    await time.pass(1000);
    expect([1, 2].map((i) => has(join(dir, 'a.db'), i))).toEqual([false, true]);
  });
});
