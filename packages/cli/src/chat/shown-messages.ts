import type { ClientSnapshot, ConversationView, Delivery, MessageView } from '@parley/client/api';
import { indented, messageLine, storedWords } from '../message-lines.ts';
import type { Output } from '../output.ts';

interface Shown {
  readonly number: number;
  readonly senderId: string;
  readonly messageId: string;
  readonly conversationId: string;
  deleted: boolean;
  /** The text that was shown last. */
  text: string;
  /** How far it was said to have come. */
  delivered: string | undefined;
}

/** The messages that a chat has shown, by the numbers under which people speak of them, and what has become of them since. */
export class ShownMessages {
  readonly #output: Output;
  readonly #shown: Shown[] = [];
  readonly #byKey = new Map<string, Shown>();

  constructor(output: Output) {
    this.#output = output;
  }

  /** The line that shows a message: `[12] 14:02 bob: hello`. */
  show(message: MessageView, conversation: ConversationView): string {
    const shown = this.#byKey.get(keyOf(message)) ?? this.#add(message);
    shown.deleted = message.deleted;
    shown.text = message.text;
    const line = messageLine(message, conversation);
    return `${this.#output.paint('dim', `[${shown.number}]`)} ${message.mine ? line : this.#output.paint('cyan', line)}`;
  }

  /** By its number; undefined: there is none. */
  get(number: number): Shown | undefined {
    return this.#shown[number - 1];
  }

  /** Lines that tell of what has happened to them: edited, stored, refused, deleted. */
  news({ timelines }: ClientSnapshot): string[] {
    const lines: string[] = [];
    for (const { messages } of timelines.values()) {
      for (const message of messages) {
        const shown = this.#byKey.get(keyOf(message));
        if (!shown) continue;
        if (message.deleted && !shown.deleted) lines.push(this.#output.paint('dim', `[${shown.number}] was deleted`));
        if (!message.deleted && message.text !== shown.text) lines.push(this.#output.paint('dim', `[${shown.number}] says now: ${indented(message.text)}`));
        shown.deleted = message.deleted;
        shown.text = message.text;
        const delivered = deliveryWords(message.delivery, shown.number);
        if (delivered === undefined || delivered === shown.delivered) continue;
        shown.delivered = delivered;
        lines.push(this.#output.paint(message.delivery?.status === 'failed' ? 'red' : 'dim', `[${shown.number}] ${delivered}`));
      }
    }
    return lines;
  }

  #add({ senderId, messageId, conversationId, deleted, text }: MessageView): Shown {
    const shown: Shown = { number: this.#shown.length + 1, senderId, messageId, conversationId, deleted, text, delivered: undefined };
    this.#shown.push(shown);
    this.#byKey.set(`${senderId}/${messageId}`, shown);
    return shown;
  }
}

function keyOf({ senderId, messageId }: MessageView): string {
  return `${senderId}/${messageId}`;
}

function deliveryWords(delivery: Delivery | undefined, number: number): string | undefined {
  if (delivery?.status === 'stored') return storedWords(delivery.stored, delivery.replicas);
  if (delivery?.status === 'failed') return `not sent: ${delivery.reason} /discard ${number} gives it up.`;
  return undefined;
}
