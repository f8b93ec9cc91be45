import type { MessageCopies } from '@parley/proto/chat';
import type { Copies } from '../replication/copies.ts';
import { MAX_WATCHED } from './limits.ts';
import { type Creation, RisingCopies } from './rising-copies.ts';

let copies: Copies;
/** Where each message's creation is now. */
let creations: Map<string, Creation>;
let counted: Creation[];
let rising: RisingCopies;
/** Held by so many; the others are up. */
const on = (stored: number, replicas = 3): Copies => ({ stored, replicas, onAllUp: stored === replicas, holders: ['aaaaaa', 'bbbbbb', 'cccccc'].slice(0, stored) });
const write = (seq: number): Creation => ({ origin: 1, seq });
const told = (of: Copies, { origin, seq } = write(1)): MessageCopies => ({ messageId: 'm', copies: of, origin, createdSeq: seq });

beforeEach(() => {
  copies = on(1);
  creations = new Map([['m', write(1)]]);
  counted = [];
  rising = new RisingCopies({
    count: (creation) => {
      counted.push(creation);
      return copies;
    },
    creationOf: (messageId) => creations.get(messageId),
  });
});

test('[A9] tells each rise once, until all replicas hold the message', () => {
  rising.watch({ messageId: 'm', write: write(1), told: on(1) });
  expect(rising.risen()).toEqual([]);
  copies = on(2);
  expect(rising.risen()).toEqual([told(on(2))]);
  expect(rising.risen()).toEqual([]);
  copies = on(3);
  expect(rising.risen()).toEqual([told(on(3))]);
  counted = [];
  expect(rising.risen()).toEqual([]);
  expect(counted).toEqual([]);
});

test('[A9] whoever asks is told at once how many there are; of what is not here nothing', () => {
  rising.ask(['m', 'elsewhere']);
  expect(rising.risen()).toEqual([told(on(1))]);
});

test('what the answer to a call has told is not told again', () => {
  rising.watch({ messageId: 'm', write: write(1), told: on(1) });
  copies = on(3);
  rising.answered('m', copies);
  expect(rising.risen()).toEqual([]);
});

test('[A9] of a change that was cut nothing is told: the one that stands in its place is counted', () => {
  rising.watch({ messageId: 'm', write: write(1), told: on(1) });
  creations.set('m', { origin: 2, seq: 7 });
  copies = on(2);
  expect(rising.risen()).toEqual([told(copies, { origin: 2, seq: 7 })]);
  expect(counted.at(-1)).toEqual({ origin: 2, seq: 7 });
  creations.delete('m');
  copies = on(3);
  expect(rising.risen()).toEqual([]);
});

test('when a replica was removed and all that are left hold it, that is told', () => {
  rising.watch({ messageId: 'm', write: write(1), told: on(2) });
  copies = on(2, 2);
  expect(rising.risen()).toEqual([told(on(2, 2))]);
  expect(rising.risen()).toEqual([]);
});

test('only the newest messages are watched', () => {
  for (let seq = 1; seq <= MAX_WATCHED + 5; seq++) {
    creations.set(`m${seq}`, write(seq));
    rising.watch({ messageId: `m${seq}`, write: write(seq), told: on(1) });
  }
  copies = on(2);
  const risen = rising.risen().map(({ messageId }) => messageId);
  expect(risen).toHaveLength(MAX_WATCHED);
  expect(risen[0]).toBe('m6');
});

test('[A10] that all that are up hold it is told once, though there are no more; that one came back which lacks it is not', () => {
  rising.watch({ messageId: 'm', write: write(1), told: on(2) });
  expect(rising.risen()).toEqual([]);
  copies = { ...on(2), onAllUp: true };
  expect(rising.risen()).toEqual([told(copies)]);
  expect(rising.risen()).toEqual([]);
  copies = on(2);
  expect(rising.risen()).toEqual([]);
  copies = on(3);
  expect(rising.risen()).toEqual([told(copies)]);
});

test('[A10] what the answer has told of all that are up is not told again', () => {
  rising.watch({ messageId: 'm', write: write(1), told: on(2) });
  copies = { ...on(2), onAllUp: true };
  rising.answered('m', copies);
  expect(rising.risen()).toEqual([]);
});
