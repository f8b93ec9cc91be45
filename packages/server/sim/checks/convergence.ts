import { openInMemory } from '../../src/store/database.ts';
import type { LoggedChange } from '../../src/store/log.ts';
import { Merge } from '../../src/store/merge.ts';
import type { Store } from '../../src/store/store.ts';
import type { Chance } from '../chance.ts';
import { TableState } from './table-state.ts';

/** Equal vectors mean equal tables [S2]: between all replicas, at every moment of a run. */
export class Convergence {
  /** Vector → the tables that it was first seen with, and where. */
  readonly #tablesAt = new Map<string, { digest: string; where: string }>();

  /** Where the same vector was seen with other tables; undefined where it was not. */
  differs(where: string, store: Store, { digest }: TableState): string | undefined {
    const vector = vectorKey(store);
    const known = this.#tablesAt.get(vector);
    if (!known) this.#tablesAt.set(vector, { digest, where });
    return known && known.digest !== digest ? known.where : undefined;
  }
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

/** The first few groups of rows that differ and are not excused; empty where none does. */
export function differenceOf(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>, isExcused: (group: string) => boolean = () => false): string {
  const keys = [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key) && !isExcused(key));
  return keys.slice(0, 3).map((key) => `${key}: ${one.get(key) ?? 'nothing'} | ${other.get(key) ?? 'nothing'}`).join('; ');
}
