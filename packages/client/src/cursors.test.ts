import { Cursors } from './cursors.ts';

const cursor = (name: string): Uint8Array => new TextEncoder().encode(name);
const names = (cursors: Cursors): string[] => cursors.outgoing().map((bytes) => new TextDecoder().decode(bytes));

test('a reply replaces what its request carried', () => {
  const cursors = new Cursors();
  cursors.settle([], cursor('a'));
  cursors.settle(cursors.outgoing(), cursor('b'));
  expect(names(cursors)).toEqual(['b']);
});

test('replies to requests of the same time stand side by side until one covers both', () => {
  const cursors = new Cursors();
  cursors.settle([], cursor('a'));
  const [first, second] = [cursors.outgoing(), cursors.outgoing()];
  cursors.settle(first, cursor('b'));
  cursors.settle(second, cursor('c'));
  expect(names(cursors)).toEqual(['b', 'c']);
  cursors.settle(cursors.outgoing(), cursor('d'));
  expect(names(cursors)).toEqual(['d']);
});

test('only the stream moves `resume`, and every request carries it', () => {
  const cursors = new Cursors();
  cursors.advance(cursor('r1'));
  cursors.settle(cursors.outgoing(), cursor('a'));
  expect(names(cursors)).toEqual(['r1', 'a']);
  cursors.advance(cursor('r2'));
  cursors.advance(cursor(''));
  expect(names(cursors)).toEqual(['r2', 'a']);
});

test('when the stream starts anew, what the old `resume` covered stays seen', () => {
  const cursors = new Cursors();
  cursors.advance(cursor('r1'));
  cursors.restart(cursor('lower'));
  expect(new TextDecoder().decode(cursors.resume)).toBe('lower');
  expect(names(cursors)).toEqual(['lower', 'r1']);
});

test('a request carries at most 16; the others wait for the next', () => {
  const cursors = new Cursors();
  cursors.advance(cursor('r'));
  for (let number = 1; number <= 20; number++) cursors.settle([], cursor(`c${number}`));
  expect(names(cursors)).toHaveLength(16);
  cursors.settle(cursors.outgoing(), cursor('reply'));
  expect(names(cursors)).toEqual(['r', 'c16', 'c17', 'c18', 'c19', 'c20', 'reply']);
});

test('a reply without a cursor changes nothing', () => {
  const cursors = new Cursors();
  cursors.settle([], cursor('a'));
  cursors.settle(cursors.outgoing(), cursor(''));
  expect(names(cursors)).toEqual(['a']);
});
