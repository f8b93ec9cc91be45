import type { ClientSnapshot, MessageView } from '../api.ts';
import { diffList, patchList } from './list-patch.ts';
import { diffSnapshots, patchSnapshot } from './snapshot-patch.ts';

const message = (messageId: string, text = messageId): MessageView => ({
  conversationId: 'c', senderId: 's', messageId, text, sentAt: 1, deleted: false, unread: false, mine: false, delivery: undefined,
});
const EMPTY: ClientSnapshot = {
  session: { status: 'signed-out', reason: undefined }, connection: { status: 'idle' }, servers: [], moves: [], accounts: [], conversations: undefined,
  timelines: new Map(), unsent: 0, sharedName: undefined,
};

/** A seeded generator (mulberry32): the same numbers in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe('lists', () => {
  test('one more item costs that item, whatever the length', () => {
    const before = Array.from({ length: 10_000 }, (_, index) => ({ index }));
    const added = { index: 10_000 };
    expect(diffList(before, [...before, added])).toEqual([{ from: 0, count: 10_000 }, { put: [added] }]);
  });

  test('any list comes from any other; what stays is the same object', () => {
    const below = numbers(7);
    for (let run = 0; run < 500; run++) {
      const all = Array.from({ length: below(12) }, (_, index) => ({ index }));
      const before = all.filter(() => below(3) > 0);
      const after = all.filter(() => below(3) > 0).sort(() => below(3) - 1);
      const patched = patchList(before, structuredClone(diffList(before, after)));
      expect(patched).toEqual(after);
      expect(patched.filter((item) => before.includes(item))).toHaveLength(after.filter((item) => before.includes(item)).length);
    }
  });
});

describe('snapshots', () => {
  test('only what changed crosses, and whatever did not keeps its identity', () => {
    const [one, two, three] = [message('1'), message('2'), message('3')];
    const other = { messages: [message('x')], more: true, loading: false };
    const before: ClientSnapshot = { ...EMPTY, accounts: [{ accountId: 'a', username: 'ann', deleted: false }], timelines: new Map([['c', { messages: [one, two], more: true, loading: false }], ['d', other]]) };
    const changed = message('2', 'deleted');
    const after: ClientSnapshot = { ...before, unsent: 1, timelines: new Map([['c', { messages: [one, changed, three], more: false, loading: true }], ['d', other]]) };
    const patch = structuredClone(diffSnapshots(before, after));
    expect(patch).toEqual({
      whole: { unsent: 1 },
      timelines: { closed: [], changed: new Map([['c', { messages: [{ from: 0, count: 1 }, { put: [changed, three] }], more: false, loading: true }]]) },
    });
    const patched = patchSnapshot(before, patch);
    expect(patched).toEqual(after);
    expect(patched.timelines.get('c')?.messages[0]).toBe(one);
    expect(patched.timelines.get('d')).toBe(other);
    expect(patched.accounts).toBe(before.accounts);
  });

  test('conversations that are loaded, and are gone after signing out; timelines that are closed; a reason that is none any more', () => {
    const loaded: ClientSnapshot = { ...EMPTY, session: { status: 'signed-out', reason: 'why' }, conversations: [], timelines: new Map([['c', { messages: [], more: false, loading: false }]]) };
    for (const [before, after] of [[EMPTY, loaded], [loaded, EMPTY]] as const) expect(patchSnapshot(before, structuredClone(diffSnapshots(before, after)))).toEqual(after);
  });
});
