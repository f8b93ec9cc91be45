import { AccountCreated, ChangeKind, HiddenSet, MessageCreated, MessageDeleted, ReadMarked } from '@parley/proto/replication';
import { readTables } from '../../test/tables.ts';
import { systemTime } from '../stamp/clock.ts';
import { isErased } from './change.ts';
import { openInMemory } from './database.ts';
import { allRules, type RulesOf } from './merge.ts';
import { Store, type Transaction } from './store.ts';

const PAGE = { changes: 1000, bytes: 1e9 };
const without = (...kinds: ChangeKind[]): RulesOf => (db) => allRules(db).filter(([kind]) => !kinds.includes(kind));

const writeSome = (tx: Transaction) => {
  tx.append(ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, 'ann', AccountCreated.encode({ createdAtMs: 1 }).finish());
  for (const id of ['m1', 'm2', 'm3']) tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `ann/${id}`, MessageCreated.encode({ conversationId: 'talk', text: `text of ${id}`, sentAtMs: 1 }).finish());
  tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, 'ann/m1', MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish());
  tx.append(ChangeKind.CHANGE_KIND_READ_MARKED, 'ben/talk', ReadMarked.encode({ read: [{ origin: 1, seq: 1 }] }).finish());
  tx.append(ChangeKind.CHANGE_KIND_HIDDEN_SET, 'ben/ann/m2', HiddenSet.encode({ hidden: true }).finish());
};

/** Opens a file's image with a version that knows these rules, lets it do something, and closes it. */
async function run(image: Buffer | undefined, rules: RulesOf, use: (store: Store) => unknown = () => {}) {
  const databases = openInMemory(image);
  const store = new Store({ databases, time: systemTime, rules });
  await use(store);
  const [tables, log, after] = [readTables(databases.writer), store.log.after(0, PAGE), databases.writer.serialize()];
  store.close();
  return { tables, log, image: after, newKinds: store.newKinds };
}

test.each([
  ['a kind of its own table', [ChangeKind.CHANGE_KIND_HIDDEN_SET], 1],
  ['kinds that meet others in a table, one of which erases', [ChangeKind.CHANGE_KIND_MESSAGE_DELETED, ChangeKind.CHANGE_KIND_READ_MARKED], 2],
  ['a kind that the erasing one was merged before', [ChangeKind.CHANGE_KIND_MESSAGE_CREATED], 3],
])('[V1] what a version kept without knowing it is merged once a newer one opens the file: %s', async (_, unknown, changes) => {
  const always = await run(undefined, allRules, (store) => store.write(writeSome));
  const carried = (store: Store) => store.write((tx) => always.log.forEach((record) => tx.apply(record)));
  const old = await run(undefined, without(...unknown), carried);
  expect(old.tables).not.toEqual(always.tables);
  expect(old.log.map(({ hash }) => hash)).toEqual(always.log.map(({ hash }) => hash));
  const upgraded = await run(old.image, allRules);
  expect(upgraded.newKinds).toEqual({ kinds: unknown, changes });
  expect(upgraded.tables).toEqual(always.tables);
  const again = await run(upgraded.image, allRules);
  expect([again.newKinds, again.tables]).toEqual([undefined, always.tables]);
});

test('[V1] the upgrade erases what the older version did not know to be deleted', async () => {
  const old = await run(undefined, without(ChangeKind.CHANGE_KIND_MESSAGE_DELETED), (store) => store.write(writeSome));
  expect(old.log.some(({ change }) => isErased(change))).toBe(false);
  const upgraded = await run(old.image, allRules);
  expect(upgraded.log.filter(({ change }) => isErased(change)).map(({ header }) => header.key)).toEqual(['ann/m1']);
});

test('[V1] a version that went back and on again merges what came meanwhile', async () => {
  const one = await run(undefined, allRules, (store) => store.write(writeSome));
  const back = await run(one.image, without(ChangeKind.CHANGE_KIND_HIDDEN_SET), (store) =>
    store.write((tx) => tx.append(ChangeKind.CHANGE_KIND_HIDDEN_SET, 'ben/ann/m3', HiddenSet.encode({ hidden: true }).finish())),
  );
  expect([back.newKinds, back.tables.hidden]).toEqual([undefined, one.tables.hidden]);
  const on = await run(back.image, allRules);
  expect(on.tables.hidden).toHaveLength(2);
});
