import type { MessageView } from '@parley/client/api';
import { numbers } from '../../../client/test/numbers.ts';
import { UnreadFinder } from './unread-finder.ts';

test('finds what looking at all would, however the timeline changes', () => {
  const below = numbers(3);
  const message = (): MessageView => ({
    conversationId: 'c', senderId: 'bob', messageId: `${below(1_000_000)}`, text: '', sentAt: 0, deleted: false, unread: below(3) === 0, mine: false, delivery: undefined,
  });
  const some = (): MessageView[] => Array.from({ length: below(4) }, message);
  const finder = new UnreadFinder();
  let messages: readonly MessageView[] = [];
  for (let step = 0; step < 1_000; step++) {
    const at = below(messages.length + 1);
    messages = [() => [...messages, ...some()], () => [...some(), ...messages], () => messages.toSpliced(at, below(5), ...some()), () => messages][below(4)]?.() ?? [];
    expect(finder.unreadIn(messages)).toEqual(messages.filter(({ unread }) => unread));
  }
});
