import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from '@parley/sqlite';
import { AccountCreated, Change, ChangeKind, HiddenSet, MessageCreated, MessageDeleted } from '@parley/proto/replication';
import { systemTime } from '../stamp/clock.ts';
import { sameHash } from '../stamp/version-vector.ts';
import { decodeChange } from './change.ts';
import { openDatabase, UnusableDatabase } from './database.ts';
import { ForkedOrigin, Store } from './store.ts';

const message = (text: string) => MessageCreated.encode({ conversationId: 'talk', text, sentAtMs: 1 }).finish();
const send = (store: Store, id: string, text = 'hi') => store.write((tx) => tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `alice/${id}`, message(text)));
const page = { changes: 1000, bytes: 1e6 };

describe('store', () => {
  let dir: string;
  let opened: Store[];
  const open = (name: string, time = systemTime) => {
    const store = new Store({ databases: openDatabase(join(dir, name)), time });
    opened.push(store);
    return store;
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'parley-store-'));
    opened = [];
  });
  afterEach(() => {
    for (const store of opened) store.close();
    rmSync(dir, { recursive: true });
  });

  test('[W1] every connection stays at synchronous=FULL, also after writes', () => {
    const { writer, reader, close } = openDatabase(join(dir, 'full.db'));
    for (let value = 0; value < 3; value++) writer.prepare('INSERT OR REPLACE INTO local VALUES (?, ?)').run('x', value);
    reader.prepare('SELECT * FROM local').all();
    expect([writer, reader].map((db) => db.pragma('synchronous', { simple: true }))).toEqual([2, 2]);
    close();
  });

  test('a file that another process has open is refused', () => {
    open('a.db');
    expect(() => open('a.db')).toThrow(/in use by another/);
  });

  test('[S1] a write that throws leaves log, tables, vector and clock as they were, and its neighbours go on', async () => {
    const store = open('a.db');
    await send(store, 'm1');
    const before = { vector: [...store.vector], hlc: store.hlc };
    const refused = store.write((tx) => {
      tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, 'alice/m2', message('lost'));
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    expect({ vector: [...store.vector], hlc: store.hlc }).toEqual(before);
    expect(store.queries.messages.byKey('bob', 'alice', 'm2')).toBeUndefined();
    const together = await Promise.allSettled([send(store, 'm3'), store.write(() => { throw new Error('again'); }), send(store, 'm4')]);
    expect(together.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const { origin } = store;
    expect(store.log.run(origin ?? 0, 0, page).map(({ header }) => header.seq)).toEqual([1, 2, 3]);
  });

  test('a transaction that cannot begin takes back nothing of the one before', async () => {
    const store = open('a.db');
    await send(store, 'm1');
    await send(store, 'm2');
    const before = [...store.vector];
    const other = new Database(join(dir, 'a.db'));
    other.exec('BEGIN IMMEDIATE');
    await expect(send(store, 'm3')).rejects.toThrow(/locked/);
    other.exec('ROLLBACK');
    other.close();
    expect([...store.vector]).toEqual(before);
    expect((await send(store, 'm4')).last?.seq).toBe(3);
  });

  test('a restarted process writes under a new origin, after all that it has', async () => {
    const first = open('a.db');
    await send(first, 'm1');
    const { origin, hlc } = first;
    first.close();
    opened.pop();
    const second = open('a.db');
    expect(second.vector.seq(origin ?? 0)).toBe(1);
    const { last, result } = await send(second, 'm2');
    expect(last?.origin).not.toBe(origin);
    expect(result.header.hlc).toBeGreaterThan(hlc);
    expect(result.header.dependsOn.map((entry) => entry.origin)).toEqual([origin]);
  });

  test('a jump of the wall clock against the monotonic one draws a new origin', async () => {
    const clock = { ...systemTime, wall: Date.UTC(2026, 0, 1), mono: 0, wallMs: () => clock.wall, monotonicMs: () => clock.mono };
    const store = open('a.db', clock);
    const { last: one } = await send(store, 'm1');
    clock.wall += 500;
    clock.mono += 500;
    const { last: two } = await send(store, 'm2');
    clock.wall += 3_600_000;
    const { last: three } = await send(store, 'm3');
    expect(two?.origin).toBe(one?.origin);
    expect(three?.origin).not.toBe(one?.origin);
  });

  test('[S2] what one replica wrote another applies: equal vectors, equal tables, and the same bytes', async () => {
    const a = open('a.db');
    const b = open('b.db');
    await send(a, 'm1', 'grüße 👋\u0000 and more');
    await a.write((tx) => {
      tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, 'alice/m2', message('two'));
      tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, 'alice/m1', MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish());
      tx.append(ChangeKind.CHANGE_KIND_HIDDEN_SET, 'bob/alice/m2', HiddenSet.encode({ hidden: true }).finish());
    });
    const { changes, more } = a.log.lacking(a.vector, b.vector, page);
    expect(more).toBe(false);
    const carried = changes.map(({ change }) => Change.decode(Change.encode(change).finish()));
    await b.write((tx) => carried.map((change) => tx.apply(decodeChange(change))));
    expect(b.vector.equals(a.vector)).toBe(true);
    expect(b.queries.messages.byKey('bob', 'alice', 'm1')).toEqual(a.queries.messages.byKey('bob', 'alice', 'm1'));
    expect(b.queries.messages.byKey('bob', 'alice', 'm2')).toMatchObject({ hidden: true, text: 'two' });
    expect(b.hlc).toBe(a.hlc);
  });

  test('[F1] a change that does not follow by hash is refused and nothing of it stays', async () => {
    const a = open('a.db');
    const b = open('b.db');
    await send(a, 'm1');
    await send(a, 'm2');
    const [one, two] = a.log.lacking(a.vector, b.vector, page).changes;
    if (!one || !two) throw new Error('nothing logged');
    await b.write((tx) => tx.apply(one));
    const forged = { ...two, header: { ...two.header, prevHash: new Uint8Array(16) } };
    await expect(b.write((tx) => tx.apply(forged))).rejects.toThrow(ForkedOrigin);
    expect(b.vector.seq(one.header.origin)).toBe(1);
    expect(b.covers({ origin: one.header.origin, seq: 1, hash: new Uint8Array(16) })).toBe('forked');
  });

  test('the log pages what a vector lacks in order of arrival, and a page always moves on', async () => {
    const a = open('a.db');
    const b = open('b.db');
    for (const id of ['m1', 'm2', 'm3']) await send(a, id);
    await send(b, 'other');
    const [fromB] = b.log.after(0, page);
    if (!fromB) throw new Error('nothing logged');
    await a.write((tx) => tx.apply(fromB));
    await send(a, 'm4');
    const small = { changes: 2, bytes: 1e6 };
    const seen: number[] = [];
    for (let pages = 0; pages < 10 && !b.vector.equals(a.vector); pages++) {
      const { changes } = a.log.lacking(a.vector, b.vector, small);
      expect(changes.length).toBeGreaterThan(0);
      await b.write((tx) => changes.forEach((change) => tx.apply(change)));
      seen.push(...changes.map(({ arrival }) => arrival));
    }
    expect(seen).toEqual([1, 2, 3, 5]);
    expect(sameHash(a.log.hashAt(a.origin ?? 0, 2) ?? new Uint8Array(), a.log.after(1, page)[0]?.hash ?? new Uint8Array([1]))).toBe(true);
  });

  test('a file that is not ours, or is newer, is refused and not written to', () => {
    const other = new Database(join(dir, 'other.db'));
    other.exec('CREATE TABLE t (x)');
    other.close();
    expect(() => open('other.db')).toThrow(UnusableDatabase);
    open('ours.db').close();
    opened.pop();
    const newer = new Database(join(dir, 'ours.db'));
    newer.pragma('user_version = 99');
    newer.close();
    expect(() => open('ours.db')).toThrow(/newer Parley/);
  });

  test('an unknown kind of change is kept and passed on', async () => {
    const a = open('a.db');
    await a.write((tx) => tx.append(4711 as ChangeKind, 'whatever', AccountCreated.encode({ createdAtMs: 1 }).finish()));
    expect(a.log.after(0, page)[0]?.header.kind).toBe(4711);
  });
});
