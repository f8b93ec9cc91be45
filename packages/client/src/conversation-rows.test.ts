import { numbers } from '../test/numbers.ts';
import { ConversationRows } from './conversation-rows.ts';
import { comparePositions, type MessageRow, messageKey } from './rows.ts';

function row(place: number, change: Partial<MessageRow> = {}): MessageRow {
  return {
    conversationId: 'c', senderId: 'bob', messageId: `m${place}`, text: '', position: { hlc: place, origin: 1 }, createdSeq: place, receipt: 0, sentAt: place,
    deleted: false, unread: false, hidden: false, ...change,
  };
}
const keyAt = (place: number): string => `bob/m${place}`;

function filled(count: number): ConversationRows {
  const rows = new ConversationRows();
  for (let place = 1; place <= count; place++) rows.put(row(place));
  return rows;
}

test('whatever is put in, replaced, moved and taken out, all are there, in order, in blocks that are small and not empty', () => {
  const below = numbers(11);
  const rows = new ConversationRows();
  const model = new Map<string, MessageRow>();
  for (let step = 0; step < 6_000; step++) {
    const id = below(3_000);
    if (below(6) === 0) {
      rows.delete(keyAt(id));
      model.delete(keyAt(id));
    } else {
      const next = row(id, { text: `${step}`, position: { hlc: below(20) === 0 ? below(3_000) : id, origin: below(3) } });
      rows.put(next);
      model.set(messageKey(next), next);
    }
  }
  const all = rows.all();
  expect(new Set(all)).toEqual(new Set(model.values()));
  expect([rows.size, all.length]).toEqual([model.size, model.size]);
  all.slice(1).forEach((each, index) => expect(comparePositions(all[index]?.position ?? each.position, each.position)).toBeLessThanOrEqual(0));
  for (const block of rows.blocks) expect(block.length > 0 && block.length <= 256).toBe(true);
  for (const [key, each] of model) expect(rows.get(key)).toBe(each);
});

test('a change replaces the block that it is in, and no other', () => {
  const rows = filled(10_000);
  const before = [...rows.blocks];
  rows.put(row(5_000, { text: 'changed' }));
  expect(rows.blocks.filter((block) => !before.includes(block))).toHaveLength(1);
  rows.put(row(10_001));
  rows.put(row(0));
  expect(rows.blocks.filter((block) => before.includes(block)).length).toBeGreaterThanOrEqual(before.length - 2);
});

test('pages that come at the front fill blocks, however small the pages', () => {
  const rows = new ConversationRows();
  for (let page = 100; page-- > 0;) for (let n = 0; n < 50; n++) rows.put(row(page * 50 + n));
  expect(rows.all().map(({ createdSeq }) => createdSeq)).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
  expect(rows.blocks.length).toBeLessThan(45);
});

test('what answers a message is renewed with it, also where the message itself is not here', () => {
  const rows = filled(2_000);
  rows.put(row(1_000, { replyTo: { senderId: 'bob', messageId: 'm3' } }));
  rows.put(row(1_800, { replyTo: { senderId: 'bob', messageId: 'elsewhere' } }));
  const changedBy = (key: string): number[] => {
    const before = [...rows.blocks];
    rows.renew(key);
    return rows.blocks.flatMap((block, index) => (block === before[index] ? [] : index));
  };
  expect(changedBy(keyAt(3))).toEqual([0, 3]);
  expect(changedBy('bob/elsewhere')).toEqual([7]);
  rows.put(row(1_800, { deleted: true }));
  expect(rows.renew('bob/elsewhere')).toBe(false);
  rows.delete(keyAt(1_000));
  expect(rows.answersTo(keyAt(3))).toEqual([]);
});
