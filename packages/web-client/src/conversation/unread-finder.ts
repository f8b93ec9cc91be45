import type { MessageView } from '@parley/client/api';
import { commonEnds } from '@parley/client/common-ends';

/** Finds the unread messages of one timeline, again and again: each time only what changed since the last time is looked at, as there may be 100,000 others. */
export class UnreadFinder {
  #messages: readonly MessageView[] = [];
  /** Where in these the unread ones are, in order. */
  #indices: readonly number[] = [];

  /** In their order. */
  unreadIn(messages: readonly MessageView[]): readonly MessageView[] {
    const { start, end } = commonEnds(this.#messages, messages);
    const [endBefore, endNow] = [this.#messages.length - end, messages.length - end];
    const between = messages.slice(start, endNow).flatMap((message, index) => (message.unread ? start + index : []));
    this.#indices = [
      ...this.#indices.filter((index) => index < start),
      ...between,
      ...this.#indices.filter((index) => index >= endBefore).map((index) => index + endNow - endBefore),
    ];
    this.#messages = messages;
    return this.#indices.flatMap((index) => messages[index] ?? []);
  }
}
