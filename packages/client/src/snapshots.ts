import type { ClientSnapshot } from './api.ts';

/** How each part of the snapshot is made. */
export type Parts = { readonly [Part in keyof ClientSnapshot]: () => ClientSnapshot[Part] };

/** The current snapshot. A part is made anew when somebody looks after it changed; listeners are told once for many changes in a row. */
export class Snapshots {
  readonly #parts: Parts;
  readonly #listeners = new Set<() => void>();
  readonly #outdated = new Set<keyof ClientSnapshot>();
  #snapshot: ClientSnapshot;
  #telling = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#snapshot = {
      session: parts.session(),
      connection: parts.connection(),
      servers: parts.servers(),
      moves: parts.moves(),
      accounts: parts.accounts(),
      conversations: parts.conversations(),
      timelines: parts.timelines(),
      unsent: parts.unsent(),
      sharedName: parts.sharedName(),
    };
  }

  get(): ClientSnapshot {
    if (this.#outdated.size > 0) {
      const fresh = Object.fromEntries([...this.#outdated].map((part) => [part, this.#parts[part]()]));
      this.#outdated.clear();
      this.#snapshot = { ...this.#snapshot, ...fresh };
    }
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(...parts: readonly (keyof ClientSnapshot)[]): void {
    for (const part of parts) this.#outdated.add(part);
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
