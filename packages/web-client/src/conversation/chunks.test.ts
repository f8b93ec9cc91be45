import type { MessageView } from '@parley/client/api';
import { numbers } from '../../../client/test/numbers.ts';
import { type Chunk, chunksOf } from './chunks.ts';
import { keyOf, rowsOf } from './rows.ts';

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
const keysOf = (chunk: Chunk | undefined): readonly string[] => chunk?.messages.map(keyOf) ?? [];

test('no messages, no chunks', () => expect(chunksOf([], [])).toEqual([]));

test('every message is in one chunk, in order', () => {
  const all = messages(0, 1_000);
  const chunks = chunksOf(all, []);
  expect(chunks.flatMap((chunk) => chunk.messages)).toEqual(all);
  expect(chunks).toHaveLength(16);
});

test('what is added above and below leaves the chunks between as they were', () => {
  const all = messages(430, 700);
  const before = chunksOf(all.slice(70, 170), []);
  const after = chunksOf(all, before);
  const at = after.findIndex(({ key }) => key === before[0]?.key);
  expect(keysOf(after[at])).toEqual(keysOf(before[0]));
  expect(after[at + 1]?.key).toBe(before[1]?.key);
  // The last chunk had room.
  expect(keysOf(after[at + 1])).toEqual([...keysOf(before[1]), ...all.slice(170, 198).map(keyOf)]);
  expect(Math.max(...after.map((chunk) => chunk.messages.length))).toBeLessThanOrEqual(64);
});

test('divided once more, it is the same', () => {
  const all = messages(0, 333);
  const once = chunksOf(all, chunksOf(all.slice(100, 222), []));
  expect(chunksOf(all, once)).toEqual(once);
});

test('a chunk in which nothing changes is the same object: one more at the end, a page above, a message in the middle', () => {
  const all = messages(0, 10_050);
  const before = chunksOf(all.slice(50, 10_049), []);
  const madeAnew = (after: readonly Chunk[]): number => after.filter((chunk) => !before.includes(chunk)).length;
  expect(madeAnew(chunksOf(all.slice(50), before))).toBe(1);
  // And the first one, above which something stands now.
  expect(madeAnew(chunksOf(all.slice(0, 10_049), before))).toBe(2);
  const [edited] = messages(5_050, 5_051);
  expect(madeAnew(chunksOf(all.slice(50, 10_049).map((message, index) => (index === 5_000 && edited ? edited : message)), before))).toBe(1);
  expect(madeAnew(chunksOf(all.slice(50, 10_049).toSpliced(5_000, 1), before))).toBe(1);
});

test('however messages come, change and go, all are there in order, and chunks show what the whole timeline would', () => {
  const below = numbers(5);
  const all = messages(0, 900, (index) => NOON + index * 60_000 + (index % 50 === 0 ? -DAY_MS : 0));
  let here = all.slice(400, 450);
  let chunks: readonly Chunk[] = [];
  for (let step = 0; step < 400; step++) {
    const at = below(here.length);
    const first = all.indexOf(here[0] as MessageView);
    const next = all[all.findLastIndex((message) => message.messageId === here.at(-1)?.messageId) + 1];
    const change = below(5);
    if (change === 0 && next) here = [...here, next];
    else if (change === 1 && first > 0) here = [...all.slice(Math.max(0, first - 50), first), ...here];
    else if (change === 2 && here.length > 20) here = here.toSpliced(at, 1);
    else if (change === 3) here = here.with(at, { ...(here[at] as MessageView), text: `${step}` });
    else if (here.length > 100) here = here.slice(below(3));
    chunks = chunksOf(here, chunks);
    expect(chunks.flatMap((chunk) => chunk.messages)).toEqual(here);
    expect(chunks.flatMap((chunk) => rowsOf(chunk.messages, undefined, chunk.above))).toEqual(rowsOf(here, undefined));
    expect(new Set(chunks.map(({ key }) => key)).size).toBe(chunks.length);
    expect(chunks.every((chunk) => chunk.messages.length > 0 && chunk.messages.length <= 64)).toBe(true);
  }
});

test('a day’s heading stands with the message that follows', () => {
  const all = messages(0, 200, (index) => NOON + index * DAY_MS);
  for (const chunk of chunksOf(all, [])) {
    const rows = rowsOf(chunk.messages, undefined, chunk.above);
    expect([rows.at(0)?.kind, rows.at(-1)?.kind]).toEqual(['day', 'message']);
  }
});
