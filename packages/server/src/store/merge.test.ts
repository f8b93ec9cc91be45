import fc from 'fast-check';
import { AccountCreated, ChangeKind, ConversationCreated, CredentialsSet, HiddenSet, MemberSet, MessageCreated, MessageDeleted, ReadMarked, ReplicaRegistered, UsernameClaimed } from '@parley/proto/replication';
import { readTables } from '../../test/tables.ts';
import { type ChangeRecord, encodeChange } from './change.ts';
import { openInMemory } from './database.ts';
import { Merge } from './merge.ts';

function merged(changes: readonly ChangeRecord[]): Record<string, unknown[]> {
  const { writer } = openInMemory();
  const merge = new Merge(writer);
  for (const change of changes) merge.apply(change);
  const tables = readTables(writer);
  writer.close();
  return tables;
}

// Few ids, so that changes meet.
const account = fc.constantFrom('ann', 'ben');
const message = fc.constantFrom('m1', 'm2');
const text = fc.constantFrom('x', 'y');
const what = fc.oneof(
  account.map((a) => ({ kind: ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, key: a, payload: AccountCreated.encode({ createdAtMs: 1 }).finish() })),
  account.map((a) => ({ kind: ChangeKind.CHANGE_KIND_ACCOUNT_DELETED, key: a, payload: new Uint8Array() })),
  fc.tuple(account, text).map(([a, t]) => ({ kind: ChangeKind.CHANGE_KIND_USERNAME_CLAIMED, key: `${a}/name`, payload: UsernameClaimed.encode({ username: t }).finish() })),
  fc.tuple(account, text, fc.boolean()).map(([a, t, initial]) => ({ kind: ChangeKind.CHANGE_KIND_CREDENTIALS_SET, key: a, payload: CredentialsSet.encode({ passwordHash: t, initial }).finish() })),
  fc.constant({ kind: ChangeKind.CHANGE_KIND_CONVERSATION_CREATED, key: 'talk', payload: ConversationCreated.encode({ directAccountIds: ['ann', 'ben'] }).finish() }),
  fc.tuple(account, fc.boolean()).map(([a, member]) => ({ kind: ChangeKind.CHANGE_KIND_MEMBER_SET, key: `talk/${a}`, payload: MemberSet.encode({ member }).finish() })),
  fc.tuple(account, message, text).map(([a, m, t]) => ({ kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: `${a}/${m}`, payload: MessageCreated.encode({ conversationId: 'talk', text: t, sentAtMs: 5 }).finish() })),
  fc.tuple(account, message).map(([a, m]) => ({ kind: ChangeKind.CHANGE_KIND_MESSAGE_DELETED, key: `${a}/${m}`, payload: MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 5 }).finish() })),
  fc.tuple(account, fc.nat(2), fc.nat(9)).map(([a, o, s]) => ({ kind: ChangeKind.CHANGE_KIND_READ_MARKED, key: `${a}/talk`, payload: ReadMarked.encode({ read: [{ origin: o + 1, seq: s + 1 }] }).finish() })),
  fc.tuple(account, message, fc.boolean()).map(([a, m, hidden]) => ({ kind: ChangeKind.CHANGE_KIND_HIDDEN_SET, key: `${a}/ben/${m}`, payload: HiddenSet.encode({ hidden }).finish() })),
  text.map((name) => ({ kind: ChangeKind.CHANGE_KIND_REPLICA_REGISTERED, key: 'r1', payload: ReplicaRegistered.encode({ address: 'a:1', publicUrl: '', name }).finish() })),
  fc.constantFrom('', 'a/b/c/d/e', '/').map((key) => ({ kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key, payload: new Uint8Array([255]) })),
);
/** Changes with stamps that differ, often with equal clocks. */
const changes = fc.array(fc.record({ what, origin: fc.integer({ min: 1, max: 3 }), hlc: fc.integer({ min: 1, max: 5 }) }), { maxLength: 14 }).map((list) => {
  const seqs = new Map<number, number>();
  return list.map((item) => {
    const seq = (seqs.get(item.origin) ?? 0) + 1;
    seqs.set(item.origin, seq);
    return encodeChange({ origin: item.origin, seq, hlc: item.hlc }, item.what, undefined, []);
  });
});

test('[M1] merging any changes in any order, any number of times, gives the same tables', () => {
  const inTwoOrders = changes.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length, maxLength: 2 * list.length })));
  fc.assert(
    fc.property(inTwoOrders, ([one, other]) => {
      expect(merged(other)).toEqual(merged(one));
    }),
    { numRuns: 300 },
  );
});

test('[M2] a deleted account keeps its id and nothing else, whatever comes after', () => {
  const { writer } = openInMemory();
  const merge = new Merge(writer);
  const apply = (seq: number, kind: ChangeKind, key: string, payload = new Uint8Array()) => merge.apply(encodeChange({ origin: 1, seq, hlc: seq }, { kind, key, payload }, undefined, []));
  apply(1, ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, 'ann', AccountCreated.encode({ createdAtMs: 7 }).finish());
  apply(2, ChangeKind.CHANGE_KIND_ACCOUNT_DELETED, 'ann');
  apply(3, ChangeKind.CHANGE_KIND_CREDENTIALS_SET, 'ann', CredentialsSet.encode({ passwordHash: 'h', initial: false }).finish());
  apply(4, ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, 'ann', AccountCreated.encode({ createdAtMs: 9 }).finish());
  const { accounts, ...others } = readTables(writer);
  expect(accounts).toEqual([{ account_id: 'ann', created_at_ms: 0, deleted: 1, hlc: 2, origin: 1, seq: 2 }]);
  expect(Object.values(others).flat()).toEqual([]);
  writer.close();
});
