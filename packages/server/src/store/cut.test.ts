import { AccountCreated, ChangeKind, HiddenSet, MessageCreated, MessageDeleted } from '@parley/proto/replication';
import { systemTime } from '../stamp/clock.ts';
import { type ChangeRecord, encodeChange, isErased } from './change.ts';
import { openInMemory } from './database.ts';
import type { LoggedChange } from './log.ts';
import { Store } from './store.ts';

const ORIGIN = 7;
const payload = AccountCreated.encode({ createdAtMs: 1 }).finish();

describe('[F3] cutting a branch', () => {
  let store: Store;
  let databases: ReturnType<typeof openInMemory>;
  let branch: ChangeRecord[];
  let heard: LoggedChange[];

  const dump = () => ['changes', 'accounts', 'hidden', 'version_vector', 'local'].map((table) => databases.reader.prepare(`SELECT * FROM ${table}`).all());
  const entry = (seq: number) => ({ origin: ORIGIN, seq, hash: branch[seq - 1]?.hash ?? new Uint8Array() });
  beforeEach(async () => {
    databases = openInMemory();
    store = new Store({ databases, time: systemTime });
    branch = [];
    for (let seq = 1; seq <= 5; seq++) branch.push(encodeChange({ origin: ORIGIN, seq, hlc: seq * 10 }, { kind: ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, key: `account${seq}`, payload }, branch.at(-1)?.hash, []));
    await store.write((tx) => {
      for (const record of branch) tx.apply(record);
    });
    heard = [];
    store.onCommit((changes) => heard.push(...changes));
  });
  afterEach(() => store.close());

  test('leaves the beginning, writes the rest again with the same keys and clock, and tells where it went', async () => {
    const rewritten = await store.cut(entry(4));
    const { origin = 0 } = store;
    expect(store.vector.get(ORIGIN)).toEqual(entry(3));
    expect(rewritten).toMatchObject([{ from: { origin: ORIGIN, seq: 4 }, to: { origin, seq: 1 } }, { from: { origin: ORIGIN, seq: 5 }, to: { origin, seq: 2 } }]);
    expect(heard.map(({ header }) => [header.origin, header.seq, header.hlc, header.key])).toEqual([[origin, 1, 40, 'account4'], [origin, 2, 50, 'account5']]);
    expect(databases.reader.prepare('SELECT account_id, hlc, origin FROM accounts ORDER BY account_id').all()).toEqual(
      [1, 2, 3].map((n) => ({ account_id: `account${n}`, hlc: n * 10, origin: ORIGIN })).concat([4, 5].map((n) => ({ account_id: `account${n}`, hlc: n * 10, origin }))),
    );
    expect(store.log.after(0, { changes: 9, bytes: 9999 }).map(({ header }) => [header.origin, header.seq])).toEqual([[ORIGIN, 1], [ORIGIN, 2], [ORIGIN, 3], [origin, 1], [origin, 2]]);
    expect(store.log.head).toBe(heard.at(-1)?.arrival);
  });

  test('a whole history may go; what moved is told, with seq 0', async () => {
    const { version } = store;
    await store.cut(entry(1));
    expect(store.vector.get(ORIGIN)).toBeUndefined();
    expect(store.movedAfter(version)).toContainEqual({ origin: ORIGIN, seq: 0, hash: new Uint8Array() });
    expect(databases.reader.prepare('SELECT count(*) AS n FROM version_vector').get()).toEqual({ n: 1 });
  });

  test('does nothing where the change is not there any more', async () => {
    const before = dump();
    await expect(store.cut({ origin: ORIGIN, seq: 4, hash: new Uint8Array(16) })).resolves.toBeUndefined();
    await expect(store.cut({ origin: ORIGIN, seq: 6, hash: new Uint8Array(16) })).resolves.toBeUndefined();
    expect(dump()).toEqual(before);
  });

  test('[S1] one that fails leaves everything as it was', async () => {
    const before = dump();
    databases.writer.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON changes WHEN new.seq = 2 BEGIN SELECT raise(ABORT, 'disk full'); END");
    await expect(store.cut(entry(3))).rejects.toThrow('disk full');
    expect(dump()).toEqual(before);
    expect([...store.vector]).toEqual([entry(5)]);
    expect(store.origin).toBeUndefined();
    expect(store.log.hashAt(ORIGIN, 5)).toEqual(entry(5).hash);
  });

  // Found by the simulation (seed 71193): the deletion was written again, but the place of what it deleted was lost.
  test('what was erased is written again without its text, and keeps its place', async () => {
    const created = encodeChange({ origin: 9, seq: 1, hlc: 70 }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: 'alice/m', payload: MessageCreated.encode({ conversationId: 'talk', text: 'gone', sentAtMs: 3 }).finish() }, undefined, []);
    const deleted = encodeChange({ origin: 9, seq: 2, hlc: 80 }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_DELETED, key: 'alice/m', payload: MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 3 }).finish() }, created.hash, []);
    await store.write((tx) => [created, deleted].forEach((record) => tx.apply(record)));
    await store.cut({ origin: 9, seq: 1, hash: created.hash });
    const { origin = 0 } = store;
    expect(store.queries.messages.byKey('bob', 'alice', 'm')).toMatchObject({ deleted: true, text: '', conversationId: 'talk', sentAtMs: 3, position: { hlc: 70, origin }, contentBy: { origin, seq: 2 } });
    expect(store.log.run(origin, 0, { changes: 9, bytes: 9999 }).map(({ change }) => isErased(change))).toEqual([true, false]);
  });

  test('in one transaction with other writes: those before it are cut too, those after it stay', async () => {
    const sixth = encodeChange({ origin: ORIGIN, seq: 6, hlc: 60 }, { kind: ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, key: 'account6', payload }, branch[4]?.hash, []);
    const fourth = encodeChange({ origin: ORIGIN, seq: 4, hlc: 41 }, { kind: ChangeKind.CHANGE_KIND_HIDDEN_SET, key: 'a/b/c', payload: HiddenSet.encode({ hidden: true }).finish() }, branch[2]?.hash, []);
    const [, rewritten] = await Promise.all([store.write((tx) => tx.apply(sixth)), store.cut(entry(4)), store.write((tx) => tx.apply(fourth))]);
    expect(rewritten?.map(({ from }) => from.seq)).toEqual([4, 5, 6]);
    expect(store.vector.get(ORIGIN)).toEqual({ origin: ORIGIN, seq: 4, hash: fourth.hash });
    const { origin = 0 } = store;
    const log = [[origin, 1], [origin, 2], [origin, 3], [ORIGIN, 4]];
    expect(heard.map(({ header }) => [header.origin, header.seq])).toEqual(log);
    expect(store.log.after(3, { changes: 9, bytes: 9999 }).map(({ header }) => [header.origin, header.seq])).toEqual(log);
    expect(store.log.hashAt(ORIGIN, 4)).toEqual(fourth.hash);
  });
});
