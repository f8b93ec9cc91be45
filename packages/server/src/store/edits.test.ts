import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeKind, MessageCreated, MessageDeleted, MessageEdited } from '@parley/proto/replication';
import { bytesOf } from '../../test/files.ts';
import { readTables } from '../../test/tables.ts';
import { VirtualTime } from '../../test/virtual-time.ts';
import { type ChangeRecord, decodeChange, encodeChange, erase, isErased } from './change.ts';
import { openDatabase, openInMemory } from './database.ts';
import { Store } from './store.ts';

const PAGE = { changes: 1000, bytes: 1e9 };
/** The n-th change of an origin of its own. */
const change = (hlc: number, kind: ChangeKind, key: string, payload: Uint8Array, origin = hlc) => encodeChange({ origin, seq: 1, hlc }, { kind, key, payload }, undefined, []);
const creation = (hlc: number, text: string, sentAtMs = 1) => change(hlc, ChangeKind.CHANGE_KIND_MESSAGE_CREATED, 'alice/m', MessageCreated.encode({ conversationId: 'talk', text, sentAtMs, replyTo: { senderId: 'bob', messageId: 'q' } }).finish());
const edit = (hlc: number, revision: number, text: string) => change(hlc, ChangeKind.CHANGE_KIND_MESSAGE_EDITED, `alice/m/e${hlc}`, MessageEdited.encode({ conversationId: 'talk', sentAtMs: 1, text, editedAtMs: 1000 + hlc, revision }).finish());
const deletion = (hlc: number) => change(hlc, ChangeKind.CHANGE_KIND_MESSAGE_DELETED, 'alice/m', MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish());

/** All orders of some things. */
const orders = <T>(things: readonly T[]): T[][] => (things.length < 2 ? [[...things]] : things.flatMap((first, i) => orders(things.filter((_, j) => j !== i)).map((rest) => [first, ...rest])));

describe('edits', () => {
  const opened: Store[] = [];
  const open = () => {
    const databases = openInMemory();
    const store = new Store({ databases, time: new VirtualTime() });
    opened.push(store);
    return { store, databases };
  };
  afterEach(() => opened.splice(0).forEach((store) => store.close()));

  /** What a store shows and holds that got these, each in a transaction of its own. */
  const after = async (records: readonly ChangeRecord[]) => {
    const { store, databases } = open();
    for (const record of records) await store.write((tx) => tx.apply(record));
    const tables = readTables(databases.writer);
    await store.rebuild();
    expect(readTables(databases.writer)).toEqual(tables);
    return { row: store.queries.messages.byKey('bob', 'alice', 'm'), tables, texts: store.log.after(0, PAGE).filter(({ change }) => !isErased(change)).map(({ header }) => header.hlc) };
  };

  test.each([
    ['the later one, of equal revisions', [creation(10, 'one'), edit(20, 1, 'two'), edit(30, 1, 'three')], 'three', { editedAtMs: 1030, revision: 1, hlc: 30, origin: 30 }, 1],
    ['the higher revision, although a retry of the lower one was stamped later', [creation(10, 'one'), edit(20, 2, 'two'), edit(30, 1, 'three')], 'two', { editedAtMs: 1020, revision: 2, hlc: 20, origin: 20 }, 1],
    ['any edit beats every creation', [creation(10, 'one', 5), edit(20, 1, 'two'), creation(30, 'one', 7)], 'two', { editedAtMs: 1020, revision: 1, hlc: 20, origin: 20 }, 5],
  ])('[M3] in every order of arrival the text is that of %s; place, time and what it answers are the creation’s', async (_, records, text, wanted, sentAtMs) => {
    const outcomes = await Promise.all(orders(records).map(after));
    for (const { row, tables, texts } of outcomes) {
      expect(row).toMatchObject({ text, edit: wanted, deleted: false, unread: true, sentAtMs, position: { hlc: 10, origin: 10 }, createdBy: { origin: 10, seq: 1 }, replyTo: { senderId: 'bob', messageId: 'q' } });
      expect(tables).toEqual(outcomes[0]?.tables);
      expect([...texts].sort((a, b) => a - b)).toEqual([10, 20, 30]);
    }
  });

  test('[E1] a deletion beats every edit, in every order of arrival, and no text is left of any: neither of the creation nor of superseded or later edits', async () => {
    const records = [creation(10, 'one'), edit(20, 1, 'two'), edit(40, 2, 'three'), deletion(30)];
    const outcomes = await Promise.all(orders(records).map(after));
    for (const { row, tables, texts } of outcomes) {
      expect(row).toMatchObject({ text: '', deleted: true, edit: undefined, replyTo: undefined, contentBy: { origin: 30 }, position: { hlc: 10 } });
      expect(tables).toEqual(outcomes[0]?.tables);
      expect(texts).toEqual([30]);
      expect([tables.edits, tables.replies]).toEqual([[], []]);
    }
  });

  test('[E3] an edit that comes erased says that the message is deleted; so it does without its creation, and a real deletion wins', async () => {
    const came = decodeChange(erase(edit(20, 1, 'two')).change);
    for (const order of orders([creation(10, 'one'), came])) {
      const { row, texts } = await after(order);
      expect(row).toMatchObject({ deleted: true, text: '', conversationId: 'talk', sentAtMs: 1, contentBy: { origin: 0, seq: 0 } });
      expect(texts).toEqual([]);
    }
    const { store } = open();
    await store.write((tx) => tx.apply(came));
    expect(store.queries.messages.erasedWithoutTombstone(10)).toEqual([{ senderId: 'alice', messageId: 'm', conversationId: 'talk', sentAtMs: 1 }]);
    await store.write((tx) => tx.apply(deletion(5)));
    expect(store.queries.messages.erasedWithoutTombstone(10)).toEqual([]);
  });

  test('[E1] an edit that says to be erased and has text all the same is taken without it', () => {
    const { change } = edit(20, 1, 'a secret');
    const taken = decodeChange({ ...change, salt: new Uint8Array() });
    expect(MessageEdited.decode(taken.change.payload)).toMatchObject({ conversationId: 'talk', sentAtMs: 1, text: '' });
  });

  test('[F3] a branch with edits that is cut is written again, and the newest edit is still the newest', async () => {
    const { store } = open();
    const records = [creation(10, 'one'), edit(20, 1, 'two'), edit(30, 2, 'three')];
    for (const record of records) await store.write((tx) => tx.apply(record));
    await store.cut({ origin: 30, seq: 1, hash: records[2]?.hash ?? new Uint8Array() });
    const { origin = 0 } = store;
    expect(store.queries.messages.byKey('bob', 'alice', 'm')).toMatchObject({ text: 'three', edit: { revision: 2, hlc: 30, origin } });
    await store.cut({ origin: 20, seq: 1, hash: records[1]?.hash ?? new Uint8Array() });
    expect(store.queries.messages.byKey('bob', 'alice', 'm')).toMatchObject({ text: 'three', edit: { revision: 2, hlc: 30, origin } });
  });

  test('[E2] soon after a deletion the bytes of no edit are in a file: short ones and long ones, superseded, and come after the deletion', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'parley-edits-'));
    const time = new VirtualTime();
    const file = join(dir, 'a.db');
    const store = new Store({ databases: openDatabase(file), time });
    const lengths = [5, 150, 900, 4100, 8000];
    const textOf = (message: number, n: number) => `<text-${message}-${n}>`.padStart(20, '*').repeat(Math.ceil((lengths[(message + n) % lengths.length] ?? 0) / 20) || 1);
    const create = (message: number) => store.write((tx) => tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `alice/m${message}`, MessageCreated.encode({ conversationId: 'talk', text: textOf(message, 0), sentAtMs: 1 }).finish()));
    const change = (message: number, n: number) =>
      store.write((tx) => tx.append(ChangeKind.CHANGE_KIND_MESSAGE_EDITED, `alice/m${message}/e${n}`, MessageEdited.encode({ conversationId: 'talk', sentAtMs: 1, text: textOf(message, n), editedAtMs: 2, revision: n }).finish()));
    const messages = Array.from({ length: 60 }, (_, i) => i);
    for (const message of messages) void create(message);
    for (const n of [2, 1, 3, 4]) for (const message of messages) void change(message, n);
    await time.pass(2000);
    const gone = messages.filter((message) => message % 3 !== 0);
    for (const message of gone) void store.write((tx) => tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, `alice/m${message}`, MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish()));
    await Promise.all(gone.map((message) => change(message, 5)));
    await time.pass(2000);
    const found = new Set([...bytesOf(file).toString('latin1').matchAll(/<text-(\d+)-\d>/g)].map(([, message]) => Number(message)));
    expect([...found].sort((a, b) => a - b)).toEqual(messages.filter((message) => message % 3 === 0));
    store.close();
    rmSync(dir, { recursive: true });
  });
});
