/** A request holds at most so many: the server refuses more. */
export const MOST_SENT = 16;

/**
 * What this client has been shown, as opaque cursors of the servers. `seen` is a set: replies of different servers may
 * each show what the other lacks, and cursors cannot be compared here. `resume` is how far the live stream has brought everything;
 * nothing else moves it.
 */
export class Cursors {
  readonly #seen = new Map<string, Uint8Array>();
  readonly #changed: () => void;
  #resume = new Uint8Array();
  #complete: Promise<void> = Promise.resolve();
  /** Rises with each `clear`: what is added for the time before comes too late. */
  #era = 0;

  /** `changed`: called after each change. */
  constructor(changed: () => void = () => undefined) {
    this.#changed = changed;
  }

  /** Resolves when all that was to be added is there. A request that went out before would not tell what this client was shown. */
  get complete(): Promise<void> {
    return this.#complete;
  }

  /** Empty before the first stream. */
  get resume(): Uint8Array {
    return this.#resume;
  }

  /** What a request carries. */
  outgoing(): Uint8Array[] {
    const seen = [...this.#seen.values()];
    return (this.#resume.length > 0 ? [this.#resume, ...seen] : seen).slice(0, MOST_SENT);
  }

  /** What this client had been shown before. */
  add(kept: Promise<readonly Uint8Array[]>): void {
    const era = this.#era;
    this.#complete = kept.then((cursors) => {
      if (era === this.#era) for (const cursor of cursors) this.#seen.set(keyOf(cursor), cursor);
    });
  }

  /** A reply covers what its request carried, so it stands for that from now on. */
  settle(sent: readonly Uint8Array[], reply: Uint8Array): void {
    if (reply.length === 0) return;
    for (const cursor of sent) this.#seen.delete(keyOf(cursor));
    this.#seen.set(keyOf(reply), reply);
    this.#changed();
  }

  /** The stream has brought everything up to here. */
  advance(resume: Uint8Array): void {
    if (resume.length === 0) return;
    this.#resume = new Uint8Array(resume);
    this.#changed();
  }

  /** The stream starts anew from here, which may lack what the old `resume` covered: that stays seen. */
  restart(resume: Uint8Array): void {
    if (this.#resume.length > 0) this.#seen.set(keyOf(this.#resume), this.#resume);
    this.advance(resume);
  }

  clear(): void {
    this.#era += 1;
    this.#seen.clear();
    this.#resume = new Uint8Array();
    this.#changed();
  }
}

function keyOf(cursor: Uint8Array): string {
  return String.fromCharCode(...cursor);
}
