import fc from 'fast-check';
import { AccountCreated, ChangeKind, CredentialsSet } from '@parley/proto/replication';
import { anyClock, anyOrigin, anyWhat } from '../../test/arbitrary-changes.ts';
import { readTables } from '../../test/tables.ts';
import { type ChangeRecord, encodeChange, erase } from './change.ts';
import { openInMemory } from './database.ts';
import { Merge } from './merge.ts';

type Tables = Record<string, unknown[]>;

/** The tables after merging groups of changes, each in a transaction; some are rolled back and done again. */
function merged(groups: readonly (readonly ChangeRecord[])[], isRolledBack: (group: number) => boolean = () => false): Tables {
  const { writer } = openInMemory();
  const merge = new Merge(writer);
  for (const [i, group] of groups.entries()) {
    const apply = (then: string) => {
      writer.exec('BEGIN');
      for (const change of group) merge.apply(change);
      writer.exec(then);
    };
    if (isRolledBack(i)) apply('ROLLBACK');
    apply('COMMIT');
  }
  const tables = readTables(writer);
  writer.close();
  return tables;
}

/** Changes with stamps that differ, often with equal clocks; some of them erased. */
const changes = fc.array(fc.record({ what: anyWhat, origin: anyOrigin, hlc: anyClock, isErased: fc.boolean() }), { maxLength: 24 }).map((list) => {
  const seqs = new Map<number, number>();
  return list.map(({ what, origin, hlc, isErased }) => {
    const seq = (seqs.get(origin) ?? 0) + 1;
    seqs.set(origin, seq);
    const change = encodeChange({ origin, seq, hlc }, what, undefined, []);
    return isErased ? erase(change) : change;
  });
});

test('[M1] merging any changes, some of them erased, in any order, in any groups, any number of times, gives the same tables, every one of them', () => {
  const reached = new Set<string>();
  const inTwoOrders = changes.chain((list) =>
    fc.record({
      list: fc.constant(list),
      other: fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length, maxLength: 2 * list.length }),
      sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }),
      rolledBack: fc.nat(3),
    }),
  );
  fc.assert(
    fc.property(inTwoOrders, ({ list, other, sizes, rolledBack }) => {
      const groups: ChangeRecord[][] = [];
      for (let at = 0, i = 0; at < other.length; at += groups.at(-1)?.length ?? 1, i++) groups.push(other.slice(at, at + (sizes[i % sizes.length] ?? 1)));
      const one = merged(list.map((change) => [change]));
      expect(merged(groups, (group) => group % 4 === rolledBack)).toEqual(one);
      for (const [table, rows] of Object.entries(one)) if (rows.length > 0) reached.add(table);
    }),
    { numRuns: 300 },
  );
  expect([...reached].sort()).toEqual(Object.keys(merged([])));
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
