import type { ClientSnapshot, MessageView, TimelineView } from '../api.ts';

/** Messages that this tab has sent and the engine has not shown yet: for the blink of an eye, or while the next engine takes over. */
export class Unconfirmed {
  readonly #messages = new Map<string, MessageView>();
  #made: { readonly from: ClientSnapshot; readonly shown: ClientSnapshot } | undefined;

  add(message: MessageView): void {
    this.#messages.set(message.messageId, message);
    this.#made = undefined;
  }

  remove(messageId: string): void {
    if (this.#messages.delete(messageId)) this.#made = undefined;
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
      const isShown = timeline?.messages.some(({ mine, messageId }) => mine && messageId === message.messageId);
      if (isShown) continue;
      unsent += 1;
      if (timeline) timelines.set(message.conversationId, { ...timeline, messages: [...timeline.messages, message] });
    }
    return unsent === snapshot.unsent ? snapshot : { ...snapshot, timelines, unsent };
  }
}
