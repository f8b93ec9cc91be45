import { numbers } from '../../test/numbers.ts';
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

describe('lists', () => {
  test('one more item costs that item, whatever the length', () => {
    const before = Array.from({ length: 10_000 }, (_, index) => ({ index }));
    const added = { index: 10_000 };
    expect(diffList(before, [...before, added])).toEqual([{ from: 0, count: 10_000 }, { put: [added] }]);
  });

  test('what changes in two places costs these, and older items at the front cost themselves', () => {
    const before = Array.from({ length: 1_000 }, (_, index) => ({ index }));
    const [older, changed, added] = [{ index: -1 }, { index: 500 }, { index: 1_000 }];
    expect(diffList(before, [older, ...before])).toEqual([{ put: [older] }, { from: 0, count: 1_000 }]);
    expect(diffList(before, [...before.with(500, changed), added])).toEqual([{ from: 0, count: 500 }, { put: [changed] }, { from: 501, count: 499 }, { put: [added] }]);
    expect(diffList(before, before.slice(0, 999))).toEqual([{ from: 0, count: 999 }]);
  });

  test('each second item of very many may change', () => {
    const before = Array.from({ length: 300_000 }, (_, index) => ({ index }));
    const after = before.map((item) => (item.index % 2 === 0 ? item : { ...item }));
    const patched = patchList(before, diffList(before, after));
    expect(patched.length === after.length && patched.every((item, index) => item === after[index])).toBe(true);
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
