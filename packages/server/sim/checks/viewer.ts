import type { MessageView } from '@parley/client/api';
import type { ParleyClient } from '@parley/client/client';
import type { Checks } from './checks.ts';

/** What one person is shown must not go back [N2]. */
export class Viewer {
  /** All that this person's clients ever showed: `sender/message`. */
  readonly ever = new Set<string>();
  readonly #name: string;
  readonly #checks: Checks;
  /** What a message said, and says after its edits, in that order. */
  readonly #textsOf: (key: string) => readonly string[];
  #client: ParleyClient | undefined;
  #isDirty = false;
  /** The timelines that were looked at last: the client gives out the same ones where nothing has changed in them. */
  #looked: ReadonlyMap<string, unknown> | undefined;
  /** What the open page shows, with its text. */
  #shown = new Map<string, string>();
  /** Asked to be deleted for oneself. */
  readonly hidden = new Set<string>();
  /** Refused for good: its sender sees why, and may discard it. */
  readonly failed = new Set<string>();

  constructor(name: string, checks: Checks, textsOf: (key: string) => readonly string[]) {
    this.#name = name;
    this.#checks = checks;
    this.#textsOf = textsOf;
  }

  /** A page was loaded. */
  watch(client: ParleyClient, isOpen: () => boolean): void {
    this.#client = client;
    this.#shown = new Map();
    client.subscribe(() => {
      if (isOpen() && this.#client === client) this.#isDirty = true;
    });
  }

  /** The person deletes that message. */
  deletes(message: Pick<MessageView, 'senderId' | 'messageId'>, how: 'for-me' | 'undo' | 'for-everyone'): void {
    if (how === 'for-me') this.hidden.add(keyOf(message));
  }

  /** Looks whether what is shown has changed. Undefined, or what is wrong. */
  look(): string | undefined {
    if (!this.#isDirty || !this.#client) return undefined;
    this.#isDirty = false;
    const { session, timelines } = this.#client.getSnapshot();
    if (session.status === 'signed-in' && timelines === this.#looked) return undefined;
    this.#looked = timelines;
    if (session.status !== 'signed-in') {
      this.#shown = new Map();
      return undefined;
    }
    const now = new Map<string, string>();
    for (const { messages, loading } of timelines.values()) {
      for (const message of messages) {
        const key = keyOf(message);
        if (now.has(key)) return `${this.#name} sees ${key} twice`;
        const before = this.#shown.get(key);
        if (before !== undefined && before !== message.text && !message.deleted && !this.#isEdit(message, before)) return `${this.#name} sees ${key} change from ${before} to ${message.text}`;
        if (message.delivery?.status === 'failed') this.failed.add(key);
        now.set(key, message.text);
        this.ever.add(key);
        if (this.#isHole(message, messages) && !loading) return `${this.#name} sees answer ${key} without its question`;
      }
    }
    for (const key of this.#shown.keys()) {
      if (!now.has(key) && !this.hidden.has(key) && !this.failed.has(key)) return `${this.#name} no longer sees ${key}`;
    }
    this.#shown = now;
    return undefined;
  }

  /** What the open page shows: `sender/message`. */
  get shown(): ReadonlyMap<string, string> {
    return this.#shown;
  }

  /** Edits only go on [M3], but for one's own that was refused. */
  #isEdit(message: MessageView, before: string): boolean {
    const texts = this.#textsOf(keyOf(message));
    const [from, to] = [texts.indexOf(before), texts.indexOf(message.text)];
    return to > from || (message.mine && to >= 0);
  }

  #isHole(message: MessageView, shown: readonly MessageView[]): boolean {
    const { questions, blind } = this.#checks.causality;
    const key = keyOf(message);
    const question = questions.get(key);
    if (question === undefined || message.mine || this.#checks.hasLostDisks || blind.has(key) || this.hidden.has(question)) return false;
    return !shown.some((other) => keyOf(other) === question);
  }
}

function keyOf({ senderId, messageId }: Pick<MessageView, 'senderId' | 'messageId'>): string {
  return `${senderId}/${messageId}`;
}
