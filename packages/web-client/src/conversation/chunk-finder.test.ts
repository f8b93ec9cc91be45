import type { MessageView } from '@parley/client/api';
import { ChunkFinder } from './chunk-finder.ts';
import { chunksOf } from './chunks.ts';

const message = (n: number): MessageView => ({
  conversationId: 'c', senderId: 'bob', messageId: `m${n}`, text: '', sentAt: 0, deleted: false, unread: false, mine: false, delivery: undefined,
});
const messages = Array.from({ length: 300 }, (_, n) => message(n));

test('finds the chunks of messages, and none of what is not there', () => {
  expect([...new ChunkFinder().indicesOf(chunksOf(messages, []), ['bob/m0', 'bob/m130', 'bob/gone', 'ann/m1'])]).toEqual([0, 2]);
});

test('finds them again after more came above, after an edit and after the message went', () => {
  const finder = new ChunkFinder();
  let chunks = chunksOf(messages.slice(100), []);
  const look = (): readonly (string | undefined)[] => [...finder.indicesOf(chunks, ['bob/m130'])].map((index) => chunks[index]?.messages.find(({ messageId }) => messageId === 'm130')?.messageId);
  expect(look()).toEqual(['m130']);
  chunks = chunksOf(messages, chunks);
  expect(look()).toEqual(['m130']);
  chunks = chunksOf(messages.with(130, message(130)), chunks);
  expect(look()).toEqual(['m130']);
  chunks = chunksOf(messages.toSpliced(130, 1), chunks);
  expect(look()).toEqual([]);
});
