import type { MessageView } from '@parley/client/api';
import { type Chunk, chunksOf, chunksWith } from './chunks.ts';
import { rowsOf } from './rows.ts';

const DAY_MS = 24 * 60 * 60_000;
const NOON = new Date(2026, 2, 3, 12).getTime();

const messages = (from: number, to: number, sentAt = (_index: number): number => NOON): readonly MessageView[] =>
  Array.from({ length: to - from }, (_, n): MessageView => ({
    conversationId: 'c',
    senderId: 'bob',
    messageId: `m${from + n}`,
    text: '',
    sentAt: sentAt(from + n),
    deleted: false,
    unread: false,
    mine: false,
    delivery: undefined,
  }));
const rows = (from: number, to: number) => rowsOf(messages(from, to), undefined);
const keysOf = (chunk: Chunk | undefined): readonly string[] => chunk?.rows.map(({ key }) => key) ?? [];

test('no rows, no chunks', () => expect(chunksOf([], [])).toEqual([]));

test('every row is in one chunk, in order', () => {
  const all = rows(0, 1_000);
  const chunks = chunksOf(all, []);
  expect(chunks.flatMap((chunk) => chunk.rows)).toEqual(all);
  expect(chunks).toHaveLength(16);
});

test('what is added above and below leaves the chunks between as they were', () => {
  const before = chunksOf(rows(500, 600), []);
  const after = chunksOf(rows(430, 700), before);
  const at = after.findIndex(({ key }) => key === before[0]?.key);
  // The day's heading moves to the first message of the day, and the last chunk had room.
  expect(keysOf(after[at])).toEqual(keysOf(before[0]).slice(1));
  expect(after[at + 1]?.key).toBe(before[1]?.key);
  expect(keysOf(after[at + 1])).toEqual([...keysOf(before[1]), ...rows(600, 628).slice(1).map(({ key }) => key)]);
  expect(Math.max(...after.map((chunk) => chunk.rows.length))).toBeLessThanOrEqual(65);
});

test('divided once more, it is the same', () => {
  const once = chunksOf(rows(0, 333), chunksOf(rows(100, 222), []));
  expect(chunksOf(rows(0, 333), once)).toEqual(once);
});

test('a day’s heading stands with the message that follows', () => {
  const all = rowsOf(messages(0, 200, (index) => NOON + index * DAY_MS), undefined);
  for (const chunk of chunksOf(all, [])) expect([chunk.rows.at(0)?.kind, chunk.rows.at(-1)?.kind]).toEqual(['day', 'message']);
});

test('finds the chunks of messages', () => {
  const chunks = chunksOf(rows(0, 200), []);
  expect([...chunksWith(chunks, new Set(['bob/m0', 'bob/m130', 'bob/gone']))]).toEqual([0, 2]);
});
