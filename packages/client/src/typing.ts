import { type Clock, elapsed } from './clock.ts';

/** How long a sign of typing holds, as chat.proto says. */
const HOLDS_MS = 5_000;

/** Signs of one's own typing that say nothing new are not sent. */
const APART_MS = 3_000;

export interface TypingOptions {
  readonly clock: Clock;
  readonly show: (conversationId: string, typing: boolean) => void;
  readonly tell: (conversationId: string) => void;
}

/** Who is typing now, and telling others that one is. */
export class Typing {
  readonly #options: TypingOptions;
  readonly #timers = new Map<string, unknown>();
  readonly #toldAt = new Map<string, number>();

  constructor(options: TypingOptions) {
    this.#options = options;
  }

  /** Somebody else is typing there. */
  heard(conversationId: string): void {
    const { clock, show } = this.#options;
    clock.clearTimeout(this.#timers.get(conversationId));
    this.#timers.set(conversationId, clock.setTimeout(() => this.ended(conversationId), HOLDS_MS));
    show(conversationId, true);
  }

  /** What was typed there has come, or nothing did for too long. */
  ended(conversationId: string): void {
    const { clock, show } = this.#options;
    clock.clearTimeout(this.#timers.get(conversationId));
    if (this.#timers.delete(conversationId)) show(conversationId, false);
  }

  /** One's own typing. */
  typed(conversationId: string): void {
    const { clock, tell } = this.#options;
    if (elapsed(clock) - (this.#toldAt.get(conversationId) ?? -Infinity) < APART_MS) return;
    this.#toldAt.set(conversationId, elapsed(clock));
    tell(conversationId);
  }

  /** One's own message is sent: the next sign is news again. */
  sent(conversationId: string): void {
    this.#toldAt.delete(conversationId);
  }

  clear(): void {
    for (const conversationId of this.#timers.keys()) this.ended(conversationId);
    this.#toldAt.clear();
  }
}
