import fc from 'fast-check';
import { ChangeKind, MessageDeleted } from '@parley/proto/replication';
import { anyClock, anyOrigin, anyWhat, UNREADABLE } from '../../test/arbitrary-changes.ts';
import { readTables } from '../../test/tables.ts';
import { systemTime } from '../stamp/clock.ts';
import { type ChangeRecord, encodeChange, erase, isErased } from './change.ts';
import { type Databases, openInMemory } from './database.ts';
import { Store } from './store.ts';

const PAGE = { changes: 1000, bytes: 1e9 };

/** How many parts the keys of those kinds have that carry a message's text. */
const TEXT_KEY_PARTS = new Map<ChangeKind, number>([[ChangeKind.CHANGE_KIND_MESSAGE_CREATED, 2], [ChangeKind.CHANGE_KIND_MESSAGE_EDITED, 3]]);

/** A creation or an edit that says something: one that cannot be read merges to nothing, and nobody erases it. */
const isText = ({ header, change }: ChangeRecord) => header.key.split('/').length === TEXT_KEY_PARTS.get(header.kind) && change.payload[0] !== UNREADABLE[0];

/** The message that a creation or an edit is of. */
const messageOf = (key: string) => key.split('/').slice(0, 2).join('/');

/** Three origins' histories, each a chain of hashes. Whatever message some replica may get erased is deleted in them, as it is in life. */
const histories = fc.array(fc.record({ what: anyWhat, origin: anyOrigin, hlc: anyClock, mayBeErased: fc.boolean() }), { minLength: 1, maxLength: 24 }).map((list) => {
  const chains = new Map<number, ChangeRecord[]>();
  const erasable = new Set<ChangeRecord>();
  const add = (origin: number, hlc: number, what: { kind: ChangeKind; key: string; payload: Uint8Array }) => {
    const chain = chains.get(origin) ?? [];
    chains.set(origin, chain);
    const record = encodeChange({ origin, seq: chain.length + 1, hlc }, what, chain.at(-1)?.hash, []);
    chain.push(record);
    return record;
  };
  for (const { what, origin, hlc, mayBeErased } of list) {
    const record = add(origin, hlc, what);
    if (mayBeErased && isText(record)) erasable.add(record);
  }
  for (const { header } of erasable) add(header.origin, header.hlc, { kind: ChangeKind.CHANGE_KIND_MESSAGE_DELETED, key: messageOf(header.key), payload: MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 5 }).finish() });
  return { chains: [...chains.values()], erasable };
});

/** How one replica gets them: whose turn it is, which come erased, in which groups, and which groups fail at first. */
const way = fc.record({ turns: fc.infiniteStream(fc.nat(2)), erased: fc.infiniteStream(fc.boolean()), sizes: fc.infiniteStream(fc.integer({ min: 1, max: 5 })), fails: fc.infiniteStream(fc.boolean()) });
type Way = typeof way extends fc.Arbitrary<infer W> ? W : never;

const next = <T>(stream: fc.Stream<T>): T => stream.next().value as T;

async function replicaOf({ chains, erasable }: { chains: ChangeRecord[][]; erasable: Set<ChangeRecord> }, { turns, erased, sizes, fails }: Way): Promise<{ store: Store; databases: Databases }> {
  const databases = openInMemory();
  const store = new Store({ databases, time: systemTime, schedule: (flush) => queueMicrotask(flush) });
  const left = chains.map((chain) => [...chain]);
  const queue: ChangeRecord[] = [];
  while (left.some((chain) => chain.length > 0)) {
    const change = left[next(turns) % left.length]?.shift();
    if (change) queue.push(erasable.has(change) && next(erased) ? erase(change) : change);
  }
  const groups: ChangeRecord[][] = [];
  while (queue.length > 0) groups.push(queue.splice(0, next(sizes)));
  const apply = (group: ChangeRecord[], isFailing: boolean) =>
    store.write((tx) => {
      for (const change of group) tx.apply(change);
      if (isFailing) throw new Error('fails at first');
    });
  for (const group of groups) {
    // In one transaction with what fails.
    const failing = next(fails) ? apply(group, true).catch(() => {}) : undefined;
    await Promise.all([failing, apply(group, false)]);
  }
  return { store, databases };
}

test('[S2] replicas that got the same histories in different orders and groups, some of them erased, have equal vectors and tables; a rebuild changes nothing; no deleted text is in a log', async () => {
  await fc.assert(
    fc.asyncProperty(histories, way, way, async (history, one, other) => {
      const replicas = [await replicaOf(history, one), await replicaOf(history, other)];
      const [a, b] = replicas;
      if (!a || !b) throw new Error('two replicas');
      expect(a.store.vector.equals(b.store.vector)).toBe(true);
      const tables = readTables(a.databases.writer);
      expect(readTables(b.databases.writer)).toEqual(tables);
      for (const { store, databases } of replicas) {
        const deleted = new Set(databases.writer.prepare<[], { key: string }>("SELECT sender_id || '/' || message_id AS key FROM messages WHERE state = 2").all().map(({ key }) => key));
        const inMemory = store.log.after(0, PAGE);
        const again = new Store({ databases: openInMemory(databases.writer.serialize()), time: systemTime });
        const inFile = again.log.after(0, PAGE);
        again.close();
        for (const log of [inMemory, inFile]) expect(log.filter((record) => isText(record) && deleted.has(messageOf(record.header.key)) && !isErased(record.change))).toEqual([]);
        expect(inMemory.map(({ hash, change }) => [hash, isErased(change)])).toEqual(inFile.map(({ hash, change }) => [hash, isErased(change)]));
        await store.rebuild();
        expect(readTables(databases.writer)).toEqual(tables);
        store.close();
      }
    }),
    { numRuns: 120 },
  );
});
