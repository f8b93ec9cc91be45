import { AccountCreated, ChangeKind, HiddenSet, MessageCreated, MessageDeleted, MessageEdited, ReadMarked } from '@parley/proto/replication';
import { readTables } from '../../test/tables.ts';
import { systemTime } from '../stamp/clock.ts';
import { isErased } from './change.ts';
import { openInMemory } from './database.ts';
import { allRules, type RulesOf } from './merge.ts';
import { Store, type Transaction } from './store.ts';

const PAGE = { changes: 1000, bytes: 1e9 };
const without = (...kinds: ChangeKind[]): RulesOf => (db) => allRules(db).filter(([kind]) => !kinds.includes(kind));

/** As a version that knows neither edits nor answers. */
const withoutEdits: RulesOf = (db) => allRules(db).filter(([kind, , field]) => kind !== ChangeKind.CHANGE_KIND_MESSAGE_EDITED && field === undefined);
const edit = (tx: Transaction, id: string, editId: string, revision: number) =>
  tx.append(ChangeKind.CHANGE_KIND_MESSAGE_EDITED, `ann/${id}/${editId}`, MessageEdited.encode({ conversationId: 'talk', sentAtMs: 1, text: `edit ${editId} of ${id}`, editedAtMs: 2, revision }).finish());

const writeSome = (tx: Transaction) => {
  tx.append(ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, 'ann', AccountCreated.encode({ createdAtMs: 1 }).finish());
  for (const id of ['m1', 'm2', 'm3']) tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `ann/${id}`, MessageCreated.encode({ conversationId: 'talk', text: `text of ${id}`, sentAtMs: 1 }).finish());
  for (const id of ['m4', 'm5']) tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `ben/${id}`, MessageCreated.encode({ conversationId: 'talk', text: `text of ${id}`, sentAtMs: 1, replyTo: { senderId: 'ann', messageId: 'm3' } }).finish());
  edit(tx, 'm1', 'e1', 1);
  edit(tx, 'm3', 'e2', 2);
  edit(tx, 'm3', 'e1', 1);
  tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, 'ann/m1', MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish());
  tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, 'ben/m5', MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish());
  edit(tx, 'm1', 'e3', 2);
  edit(tx, 'm9', 'e4', 1);
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
  ['a kind of its own table', without(ChangeKind.CHANGE_KIND_HIDDEN_SET), ['10'], 1],
  ['kinds that meet others in a table, one of which erases', without(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, ChangeKind.CHANGE_KIND_READ_MARKED), ['8', '9'], 3],
  ['a kind that the erasing one was merged before', without(ChangeKind.CHANGE_KIND_MESSAGE_CREATED), ['7', '7.reply_to'], 5],
  ['edits and answers, some of messages that are deleted', withoutEdits, ['7.reply_to', '13'], 10],
])('[V1] what a version kept without knowing it is merged once a newer one opens the file: %s', async (_, known, unknown, changes) => {
  const always = await run(undefined, allRules, (store) => store.write(writeSome));
  const carried = (store: Store) => store.write((tx) => always.log.forEach((record) => tx.apply(record)));
  const old = await run(undefined, known, carried);
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
  expect(upgraded.log.filter(({ change }) => isErased(change)).map(({ header }) => header.key)).toEqual(['ann/m1', 'ben/m5', 'ann/m1/e1', 'ann/m1/e3']);
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
