import type { Connection } from './database.ts';
import type { Merge } from './merge.ts';
import { mergeByRules } from './rebuild.ts';
import type { Doomed } from './rule.ts';

/** The row of `local` that holds the rules by which the program that wrote the file last could merge: kinds of change, and fields that a kind got later. */
const KNOWN_KINDS = 'known_kinds';

/** What the version before this one left in the log without knowing what it meant. */
export interface NewKinds {
  /** As Merge.ruleNames has them: `13`, `7.reply_to`. */
  readonly kinds: readonly string[];
  /** So many changes of these kinds were in the log, and are merged now. */
  readonly changes: number;
}

/**
 * [V1] When this program knows kinds of change, or fields of one, that the program which wrote the file last did not, merges those of the log, in a
 * transaction of its own; `erase` gets the changes whose text has to go for it. Undefined where there are no such kinds.
 */
export function mergeNewKinds(db: Connection, merge: Merge, erase: (doomed: Doomed) => void): NewKinds | undefined {
  const known = String(db.prepare<[string], { value: string }>('SELECT value FROM local WHERE name = ?').get(KNOWN_KINDS)?.value ?? '');
  const now = [...merge.ruleNames].sort((a, b) => Number.parseInt(a) - Number.parseInt(b) || a.length - b.length);
  if (known === now.join()) return undefined;
  const kinds = now.filter((name) => !known.split(',').includes(name));
  return db
    .transaction(() => {
      const { changes, doomed } = kinds.length > 0 ? mergeByRules(db, merge, new Set(kinds)) : { changes: 0, doomed: [] };
      erase(doomed);
      db.prepare('INSERT INTO local (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(KNOWN_KINDS, now.join());
      return kinds.length > 0 ? { kinds, changes } : undefined;
    })
    .immediate();
}
