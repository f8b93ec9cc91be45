import type { MessageView } from '@parley/client/api';
import { chunksOf } from './chunks.ts';
import { type AwaySection, chunksBetween, type PlacedChunk, placesOf } from './sections.ts';

const HEIGHT_PX = 100;
const messages = Array.from({ length: 20_000 }, (_, n): MessageView => ({
  conversationId: 'c', senderId: 'bob', messageId: `m${n}`, text: '', sentAt: 0, deleted: false, unread: false, mine: false, delivery: undefined,
}));
const chunks = chunksOf(messages, []);
const away = (chunk: PlacedChunk['chunk']): PlacedChunk => ({ chunk, awayPx: HEIGHT_PX });
const heightOf = (places: ReturnType<typeof placesOf>): number => places.reduce((sum, { awayPx = HEIGHT_PX }) => sum + awayPx, 0);

test('where all is far away a few places are as high as all chunks', () => {
  const places = placesOf(chunks.map(away));
  expect(places.length).toBeLessThan(chunks.length / 8);
  expect(heightOf(places)).toBe(chunks.length * HEIGHT_PX);
});

test('the chunks of a section of which one is in the page stand by themselves, in order', () => {
  const [first, second, third] = placesOf(chunks.map(away)) as readonly [AwaySection, AwaySection, AwaySection];
  const near = second.chunks.at(-1)?.key;
  const places = placesOf(chunks.map((chunk) => (chunk.key === near ? { chunk, awayPx: undefined } : away(chunk))));
  const shown = places.slice(1, 1 + second.chunks.length).map((place) => 'chunk' in place && place.chunk.key);
  expect(places[0]).toEqual(first);
  expect(shown).toEqual(second.chunks.map(({ key }) => key));
  expect(places[1 + second.chunks.length]).toEqual(third);
  expect(heightOf(places)).toBe(chunks.length * HEIGHT_PX);
});

test('pages that come above, one after another, leave the sections below as they are, and are grouped too', () => {
  let here = chunksOf(messages.slice(-10_000), []);
  const before = placesOf(here.map(away));
  for (let from = messages.length - 10_050; from >= 0; from -= 50) here = chunksOf(messages.slice(from), here);
  const after = placesOf(here.map(away));
  expect(before.length).toBeGreaterThan(2);
  expect(after.slice(-before.length + 1)).toEqual(before.slice(1));
  expect(after.length).toBeLessThan(here.length / 8);
});

test('finds the chunks of a section that reach between two heights, and one where none does', () => {
  const section: AwaySection = { key: 'a', chunks: ['a', 'b', 'c', 'd'].map((key) => ({ key, heightPx: HEIGHT_PX })), awayPx: 4 * HEIGHT_PX };
  expect(chunksBetween(section, 50, 160, 320)).toEqual(['b', 'c']);
  expect(chunksBetween(section, 50, 900, 1_000)).toEqual(['a']);
});
