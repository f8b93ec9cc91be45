import type { FailedEdit } from './api.ts';

/** An edit of one's own message that no server has taken yet. */
export interface PendingEdit {
  readonly id: string;
  readonly text: string;
  readonly at: number;
}

/** Edits of one's own messages, by message id, that servers do not know: shown as they are on their way, and as they were refused for good. */
export class OwnEdits {
  readonly #pending = new Map<string, PendingEdit>();
  readonly #failed = new Map<string, FailedEdit>();

  pending(messageId: string): PendingEdit | undefined {
    return this.#pending.get(messageId);
  }

  failed(messageId: string): FailedEdit | undefined {
    return this.#failed.get(messageId);
  }

  /** On its way; what was refused before is past. */
  begin(messageId: string, edit: PendingEdit): void {
    this.#pending.set(messageId, edit);
    this.#failed.delete(messageId);
  }

  /** Taken by a server, or refused for good. */
  end(messageId: string, failed: FailedEdit | undefined): void {
    this.#pending.delete(messageId);
    if (failed) this.#failed.set(messageId, failed);
  }

  /** True when there was one. */
  forgetFailed(messageId: string): boolean {
    return this.#failed.delete(messageId);
  }

  clear(): void {
    this.#pending.clear();
    this.#failed.clear();
  }
}
