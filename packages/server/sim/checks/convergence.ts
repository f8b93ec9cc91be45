import { openInMemory } from '../../src/store/database.ts';
import type { LoggedChange } from '../../src/store/log.ts';
import { Merge } from '../../src/store/merge.ts';
import type { Store } from '../../src/store/store.ts';
import type { Chance } from '../chance.ts';
import { type RowsHash, TableState } from './table-state.ts';

/** More than any run erases. */
const MAX_ERASED = 1000;

interface Seen {
  readonly where: string;
  readonly digest: string;
  /** The tables, which have moved on since. */
  readonly tables: TableState;
  readonly moment: number;
  readonly erased: ReadonlySet<string>;
}

/**
 * Equal vectors mean equal tables [S2]: between all replicas, at every moment of a run. But a message that came erased, and
 * whose tombstone is still on its way or burnt, is deleted already where it came so.
 */
export class Convergence {
  /** Vector → the tables that it was first seen with. */
  readonly #tablesAt = new Map<string, Seen>();

  /** Undefined, or what is wrong. */
  check(where: string, store: Store, tables: TableState): string | undefined {
    const vector = vectorKey(store);
    const known = this.#tablesAt.get(vector);
    if (known?.digest === tables.digest) return undefined;
    const erased = new Set(store.queries.messages.erasedWithoutTombstone(MAX_ERASED).map(({ senderId, messageId }) => `${senderId}/${messageId}`));
    const now: Seen = { where, digest: tables.digest, tables, moment: tables.moment, erased };
    if (!known) this.#tablesAt.set(vector, now);
    const differing = known ? differingGroups(known, now) : [];
    return differing.length > 0 ? `equal vectors, different tables at ${known?.where} and ${where}: ${differing.slice(0, 3).join(', ')}` : undefined;
  }
}

function differingGroups(one: Seen, other: Seen): string[] {
  const [hashes, others] = [one, other].map(({ tables, moment }) => tables.hashesAt(moment)) as [Map<string, RowsHash>, Map<string, RowsHash>];
  const groups = new Set([...hashes.keys(), ...others.keys()]);
  return [...groups].filter((group) => {
    const key = group.slice(group.indexOf(' ') + 1);
    return !sameRows(hashes.get(group), others.get(group)) && !one.erased.has(key) && !other.erased.has(key);
  });
}

function sameRows(one: RowsHash | undefined, other: RowsHash | undefined): boolean {
  return one?.high === other?.high && one?.low === other?.low;
}

/** The version vector as text. A hash covers all changes before it, so those of the newest changes are enough. */
export function vectorKey(store: Store): string {
  let a = 0;
  let b = 0;
  for (const { hash } of store.vector) {
    const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
    a ^= view.getUint32(0);
    b ^= view.getUint32(4);
  }
  return `${store.vector.size}:${(a >>> 0).toString(16)}.${(b >>> 0).toString(16)}`;
}

/** All changes of a replica's log. */
export function logOf(store: Store): LoggedChange[] {
  return store.log.after(0, { changes: 1_000_000, bytes: Number.POSITIVE_INFINITY });
}

/** Merges changes into tables of its own, made once: making them takes longer than merging. */
class Scratch {
  readonly #db = openInMemory().writer;
  readonly #merge = new Merge(this.#db);
  readonly #tables = new TableState(this.#db);

  /** The tables that the changes merge to: their digest, and all their rows. */
  merge<T>(changes: Iterable<LoggedChange>, use: (tables: TableState) => T): T {
    this.#db.exec('BEGIN');
    try {
      for (const change of changes) this.#merge.apply(change);
      this.#tables.readAll();
      return use(this.#tables);
    } finally {
      this.#db.exec('ROLLBACK');
    }
  }
}

let scratch: Scratch | undefined;

/** Merges a replica's log in another order, some of it twice, and compares. Undefined, or what differs. */
export function compareWithMerge(where: string, store: Store, tables: TableState, chance: Chance): string | undefined {
  scratch ??= new Scratch();
  const shuffled = logOf(store).map((change) => ({ change, place: chance.fraction() })).sort((a, b) => a.place - b.place).map(({ change }) => change);
  return scratch.merge([...shuffled, ...shuffled.slice(0, Math.ceil(shuffled.length / 4))], (again) =>
    again.digest === tables.digest ? undefined : `${where}: the tables are not the merge of the log: ${differenceOf(again.dump(), tables.dump())}`,
  );
}

/** The first few groups of rows that differ. */
export function differenceOf(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string {
  const keys = [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key));
  return keys.slice(0, 3).map((key) => `${key}: ${one.get(key) ?? 'nothing'} | ${other.get(key) ?? 'nothing'}`).join('; ');
}
