import { check } from './checker.ts';
import type { Event, Recorded, ShownMessage } from './history.ts';
import type { FinalReplica, StoredMessage } from './verdict.ts';

/** A history of these events, one a millisecond. */
function history(...events: Event[]): Recorded[] {
  return events.map((event, index) => ({ at: index, ...event }));
}

function invoked(op: number, operation: (Event & { type: 'invoke' })['operation'], session = 'ann.1'): Event {
  return { type: 'invoke', op, session, account: 'ann', operation };
}

function sent(op: number, text: string, answers?: string): Event {
  return invoked(op, { f: 'send', key: `ann/${text}`, conversation: 'c', text, answers });
}

function ok(op: number): Event {
  return { type: 'ok', op };
}

function stored(text: string, hlc: number, changed: Partial<StoredMessage> = {}): StoredMessage {
  return { key: `ann/${text}`, conversation: 'c', text, deleted: false, hlc, origin: 1, ...changed };
}

function shown(text: string, hlc: number): ShownMessage {
  return { key: `ann/${text}`, hlc, origin: 1, deleted: false };
}

function replica(messages: readonly StoredMessage[], changed: Partial<FinalReplica> = {}): FinalReplica {
  return { name: 'server1', messages, usernames: [], hidden: new Set(), ...changed };
}

/** What is found wrong, in short. */
function found(events: readonly Recorded[], ...replicas: FinalReplica[]): string[] {
  return check(events, replicas).violations.map(({ what }) => what);
}

const deleted = { deleted: true, text: '' };

test('a history in which everything is kept', () => {
  const events = history(
    invoked(1, { f: 'create', username: 'ann' }), ok(1), sent(2, 'a'), ok(2), sent(3, 'b', 'ann/a'), ok(3), sent(4, 'unknown'), { type: 'info', op: 4, reason: 'timeout' },
    sent(5, 'refused'), { type: 'fail', op: 5, reason: 'no' }, invoked(6, { f: 'delete', key: 'ann/b' }), ok(6), invoked(7, { f: 'hide', key: 'ann/a' }), ok(7),
    { type: 'copies', session: 'ann.1', stored: 1, replicas: 1 },
  );
  const verdict = check(events, [replica([stored('a', 1), stored('b', 2, deleted), stored('unknown', 3)], { usernames: ['ann'], hidden: new Set(['ann ann/a']) })]);
  expect(verdict.violations).toEqual([]);
  expect(verdict).toMatchObject({ acknowledged: 5, failed: 1, unknown: 1, unknownButStored: 1, lost: 0, duplicates: 0, neverRead: 2 });
});

describe('writes', () => {
  test('an acknowledged message that one replica lacks is lost; one whose outcome is unknown is not', () => {
    expect(found(history(sent(1, 'a'), ok(1)), replica([stored('a', 1)]), replica([]))).toEqual(['lost']);
    expect(found(history(sent(1, 'a'), { type: 'info', op: 1, reason: 'timeout' }), replica([]))).toEqual([]);
    expect(found(history(sent(1, 'a')), replica([]))).toEqual([]);
  });

  test('a message without a place is not shown, so it is lost', () => {
    const { hlc: _, ...nowhere } = stored('a', 1);
    expect(found(history(sent(1, 'a'), ok(1)), replica([nowhere]))).toEqual(['lost']);
  });

  test('a text that stands twice, under whatever ids, is a duplicate', () => {
    expect(found(history(sent(1, 'a'), ok(1), invoked(2, { f: 'send', key: 'ann/again', conversation: 'c', text: 'a' }), ok(2)), replica([stored('a', 1), stored('a', 2, { key: 'ann/again' })]))).toEqual(['duplicate']);
    expect(found(history(sent(1, 'a'), ok(1)), replica([stored('a', 1), stored('a', 1)]))).toContain('duplicate');
  });

  test('what was refused for good, never sent, or changed must not be there', () => {
    expect(found(history(sent(1, 'a'), { type: 'fail', op: 1, reason: 'no' }), replica([stored('a', 1)]))).toEqual(['revived']);
    expect(found(history(), replica([stored('a', 1)]))).toEqual(['phantom']);
    expect(found(history(sent(1, 'a'), ok(1)), replica([stored('a', 1, { text: 'other' })]))).toEqual(['phantom']);
  });

  test('a sender\'s messages in another order, and an answer above its question', () => {
    expect(found(history(sent(1, 'a'), ok(1), sent(2, 'b'), ok(2)), replica([stored('a', 2), stored('b', 1)]))).toEqual(['reordered']);
    expect(found(history(sent(1, 'q'), ok(1), invoked(2, { f: 'send', key: 'bob/re', conversation: 'c', text: 're', answers: 'ann/q' }, 'bob.1')), replica([stored('q', 2), stored('re', 1, { key: 'bob/re' })]))).toEqual(['answer before question']);
  });

  test('a deletion that came back, one for oneself that was lost, and one that nobody asked for', () => {
    const deletion = history(sent(1, 'a'), ok(1), invoked(2, { f: 'delete', key: 'ann/a' }), ok(2));
    expect(found(deletion, replica([stored('a', 1)]))).toEqual(['lost deletion']);
    expect(found(deletion, replica([stored('a', 1, { deleted: true })]))).toEqual(['lost deletion']);
    expect(found(history(sent(1, 'a'), ok(1), invoked(2, { f: 'hide', key: 'ann/a' }), ok(2)), replica([stored('a', 1)]))).toEqual(['lost deletion']);
    expect(found(history(sent(1, 'a'), ok(1)), replica([stored('a', 1, deleted)]))).toEqual(['lost']);
  });

  test('an acknowledged account that is not there', () => {
    expect(found(history(invoked(1, { f: 'create', username: 'ann' }), ok(1)), replica([]))).toEqual(['lost account']);
  });

  test.each([[0, 1], [3, 2], [2, 2]])('a claim of %d copies on %d replicas in a cluster of one is wrong', (copies, replicas) => {
    expect(found(history({ type: 'copies', session: 'ann.1', stored: copies, replicas }), replica([]))).toEqual(['wrong copies']);
  });
});

describe('reads', () => {
  const all = [stored('a', 1), stored('b', 2), stored('c', 3)];
  const writes = [sent(1, 'a'), ok(1), sent(2, 'b'), ok(2), sent(3, 'c'), ok(3)];
  const ask = (read: number, hasSeen = true): Event => ({ type: 'ask', read, session: 'ann.1', account: 'ann', conversation: 'c', hasSeen });
  const page = (read: number, messages: ShownMessage[], changed: Partial<Event & { type: 'page' }> = {}): Event => ({ type: 'page', read, behind: false, messages, ...changed });
  const learns = (...messages: ShownMessage[]): Event => ({ type: 'shown', session: 'ann.1', conversation: 'c', messages });

  test('a page that lacks what the session had seen has gone back', () => {
    expect(found(history(...writes, learns(shown('a', 1)), ask(1), page(1, [shown('b', 2)])), replica(all))).toEqual(['went back']);
    expect(found(history(...writes, ask(1), page(1, [shown('a', 1)]), ask(2), page(2, [])), replica(all))).toEqual(['went back']);
  });

  test.each<[string, Event[]]>([
    ['says that its server is behind', [learns(shown('a', 1)), ask(1), page(1, [], { behind: true })]],
    ['was asked for before the session saw it', [ask(1), learns(shown('a', 1)), page(1, [])]],
    ['was asked for without a cursor', [learns(shown('a', 1)), ask(1, false), page(1, [])]],
    ['begins below it', [learns(shown('a', 1)), ask(1), page(1, [shown('b', 2)], { from: { hlc: 2, origin: 1 } })]],
    ['ends above it', [learns(shown('c', 3)), ask(1), page(1, [shown('a', 1)], { upTo: { hlc: 2, origin: 1 } })]],
  ])('a page that %s may lack it', (_why, events) => {
    expect(found(history(...writes, ...events), replica(all))).toEqual([]);
  });

  test('a timeline that loses a row has gone back, unless the account hid it', () => {
    const vanished: Event = { type: 'vanished', session: 'ann.1', account: 'ann', conversation: 'c', keys: ['ann/a'] };
    expect(found(history(...writes, vanished), replica(all))).toEqual(['went back']);
    expect(found(history(...writes, invoked(4, { f: 'hide', key: 'ann/a' }), vanished), replica(all))).toEqual([]);
  });

  test.each<[string, string[]]>([['a hole', ['a', 'c']], ['a missing end', ['a', 'b']], ['another order', ['a', 'c', 'b']], ['too much', ['a', 'b', 'c', 'd']]])('a final timeline with %s is wrong', (_what, texts) => {
    const view: Event = { type: 'view', session: 'ann.1', account: 'ann', conversation: 'c', messages: texts.map((text) => ({ key: `ann/${text}`, deleted: false })) };
    expect(found(history(...writes, view), replica(all))).toEqual(['wrong view']);
  });

  test('a final timeline that begins later, and one that still shows a deleted text', () => {
    const view = (isDeleted: boolean): Event => ({ type: 'view', session: 'ann.1', account: 'ann', conversation: 'c', messages: [{ key: 'ann/b', deleted: isDeleted }, { key: 'ann/c', deleted: false }] });
    const deletion = [invoked(4, { f: 'delete', key: 'ann/b' }), ok(4)];
    const after = replica([stored('a', 1), stored('b', 2, deleted), stored('c', 3)]);
    expect(found(history(...writes, ...deletion, view(true)), after)).toEqual([]);
    expect(found(history(...writes, ...deletion, view(false)), after)).toEqual(['wrong view']);
  });

  test('stale and never read messages are counted', () => {
    const verdict = check(history(...writes, ask(1), page(1, [shown('a', 1), shown('c', 3)])), [replica(all)]);
    expect(verdict).toMatchObject({ violations: [], stale: 1, neverRead: 1, reads: 1, comparedReads: 0 });
  });
});
