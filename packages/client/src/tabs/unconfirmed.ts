import type { ClientSnapshot, MessageView, TimelineView } from '../api.ts';
import { changedBetween } from '../common-ends.ts';

/** Whether the engine shows a message, as far as its timeline was looked through. */
interface Looked {
  readonly at: readonly MessageView[];
  readonly isShown: boolean;
}

/** Messages that this tab has sent and the engine has not shown yet: for the blink of an eye, or while the next engine takes over. */
export class Unconfirmed {
  readonly #messages = new Map<string, MessageView>();
  readonly #looked = new Map<string, Looked>();
  #made: { readonly from: ClientSnapshot; readonly shown: ClientSnapshot } | undefined;

  /** `shown`: where it is known that the message is not: its id is a new one. */
  add(message: MessageView, shown?: ClientSnapshot): void {
    const at = shown?.timelines.get(message.conversationId)?.messages;
    if (at) this.#looked.set(message.messageId, { at, isShown: false });
    this.#messages.set(message.messageId, message);
    this.#made = undefined;
  }

  remove(messageId: string): void {
    if (this.#messages.delete(messageId)) this.#made = undefined;
    this.#looked.delete(messageId);
  }

  /** The snapshot with these messages at the ends of their timelines; the same object for the same snapshot. */
  shownOn(snapshot: ClientSnapshot): ClientSnapshot {
    if (this.#messages.size === 0) return snapshot;
    if (this.#made?.from !== snapshot) this.#made = { from: snapshot, shown: this.#addTo(snapshot) };
    return this.#made.shown;
  }

  #addTo(snapshot: ClientSnapshot): ClientSnapshot {
    const timelines = new Map(snapshot.timelines);
    let unsent = snapshot.unsent;
    for (const message of this.#messages.values()) {
      const timeline: TimelineView | undefined = timelines.get(message.conversationId);
      if (timeline && this.#isShown(message, timeline)) continue;
      unsent += 1;
      if (timeline) timelines.set(message.conversationId, { ...timeline, messages: [...timeline.messages, message] });
    }
    return unsent === snapshot.unsent ? snapshot : { ...snapshot, timelines, unsent };
  }

  /** Only what changed since the last look is looked at: a timeline may have 100,000 messages. */
  #isShown(message: MessageView, { messages }: TimelineView): boolean {
    const { at, isShown: wasShown } = this.#looked.get(message.messageId) ?? { at: [], isShown: false };
    const isIt = ({ mine, messageId }: MessageView): boolean => mine && messageId === message.messageId;
    const { went, came } = changedBetween(at, messages);
    const isShown = came.some(isIt) || (wasShown && !went.some(isIt));
    this.#looked.set(message.messageId, { at: messages, isShown });
    return isShown;
  }
}
