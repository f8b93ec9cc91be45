import type { MessageKey } from './api.ts';
import type { Clock } from './clock.ts';
import { type Deed, formatDeeds, parseDeeds } from './deed.ts';
import { backoffMs } from './endpoints.ts';
import { Failure, isFinal } from './failure.ts';
import { Pause } from './pause.ts';
import type { Random } from './random.ts';
import type { Storage } from './storage.ts';

const KEPT = 'No server answers. This is kept on this device, and done as soon as one does.';

export interface DeedsOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  /** Can it be told now? Where not, the others go first; `wake` says that it is to be looked again. */
  readonly isReady: (deed: Deed) => boolean;
  /** Tells a server. Rejects with a Failure. */
  readonly tell: (deed: Deed) => Promise<void>;
  /** It is on its way: shown as done already. */
  readonly begun: (deed: Deed) => unknown;
  /** It is on its way no more: done, or refused for good with this failure. */
  readonly ended: (deed: Deed, failure?: Failure) => unknown;
}

/** Whoever did something and waits for what comes of it. */
interface Waiting {
  readonly resolve: () => void;
  readonly reject: (failure: unknown) => void;
}

/**
 * Edits, deletions and read marks on their way out: kept in storage until a server has taken them, so that they outlive a reload, a crash and days without a
 * server. In order, one at a time: an undo comes after what it undoes.
 */
export class Deeds {
  readonly #options: DeedsOptions;
  readonly #work: Pause;
  readonly #waiting = new Map<string, Waiting>();
  #key = '';
  #deeds: readonly Deed[] = [];
  #run: AbortController | undefined;
  #saved: Promise<void> = Promise.resolve();

  constructor(options: DeedsOptions) {
    this.#options = options;
    this.#work = new Pause(options.clock);
  }

  /** Tells what is kept for this account, and then whatever is done. */
  start(accountId: string): void {
    this.stop();
    const run = new AbortController();
    this.#run = run;
    this.#key = `deeds:${accountId}`;
    void this.#load(run.signal).then(() => this.#keepTelling(run.signal));
  }

  /** What is not told stays in storage. */
  stop(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#deeds = [];
    for (const { reject } of this.#waiting.values()) reject(new Failure('CANCELLED', 'This was stopped before it was done. Try again.'));
    this.#waiting.clear();
  }

  /** Stops, and forgets what was not told. */
  async clear(): Promise<void> {
    this.stop();
    await this.#saved;
    await this.#options.storage.delete(this.#key);
  }

  /** Resolves when a server has taken it. Rejects with a Failure: refused for good, or KEPT where no server answers; then it is done later. */
  do(deed: Deed): Promise<void> {
    const covered = this.#deeds.filter((other) => covers(deed, other));
    const replaced = new Set(covered.map(({ id }) => id));
    this.#deeds = [...this.#deeds.filter(({ id }) => !replaced.has(id)), deed];
    this.#save((kept) => [...kept.filter(({ id }) => !replaced.has(id)), deed]);
    for (const id of replaced) this.#settle(id, (waiting) => waiting.resolve());
    this.#options.begun(deed);
    this.#work.wake();
    return new Promise((resolve, reject) => {
      this.#waiting.set(deed.id, { resolve, reject });
    });
  }

  /** An edit of this message that no server has taken yet. */
  editOf(messageId: string): Extract<Deed, { readonly kind: 'edit' }> | undefined {
    return this.#deeds.find((deed) => deed.kind === 'edit' && deed.messageId === messageId) as Extract<Deed, { readonly kind: 'edit' }> | undefined;
  }

  /** What waits goes on at once. */
  wake(): void {
    this.#work.wake();
  }

  /** Resolves when storage holds what happened so far. */
  saved(): Promise<void> {
    return this.#saved;
  }

  async #load(stopped: AbortSignal): Promise<void> {
    await this.#saved;
    const kept = parseDeeds(await this.#options.storage.get(this.#key));
    if (stopped.aborted) return;
    const held = new Set(this.#deeds.map(({ id }) => id));
    const others = kept.filter(({ id }) => !held.has(id));
    this.#deeds = [...others, ...this.#deeds];
    for (const deed of others) this.#options.begun(deed);
  }

  async #keepTelling(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !stopped.aborted;) {
      const deed = this.#deeds.find((each) => this.#options.isReady(each));
      if (!deed) {
        await this.#work.wait(undefined, stopped);
        continue;
      }
      try {
        await this.#options.tell(deed);
        failures = 0;
        this.#end(deed, (waiting) => waiting.resolve());
      } catch (error) {
        if (stopped.aborted) return;
        if (error instanceof Failure && isFinal(error.cause)) {
          this.#end(deed, (waiting) => waiting.reject(error), error);
        } else {
          failures += 1;
          this.#postpone(deed);
          const isKept = error instanceof Failure && error.reason === 'UNREACHABLE';
          for (const { id } of isKept ? this.#deeds : [deed]) this.#settle(id, (waiting) => waiting.reject(isKept ? new Failure('KEPT', KEPT) : error));
          await this.#work.wait(backoffMs(failures, this.#options.random), stopped);
        }
      }
    }
  }

  /** Others go first, but for those that concern the same: an undo does not overtake what it undoes. */
  #postpone(deed: Deed): void {
    const isAbout = (other: Deed): boolean => other.id === deed.id || (deed.kind === 'delete' && other.kind === 'delete' && concernsSame(deed.messages, other.messages));
    this.#deeds = [...this.#deeds.filter((other) => !isAbout(other)), ...this.#deeds.filter(isAbout)];
  }

  #end(deed: Deed, settle: (waiting: Waiting) => void, failure?: Failure): void {
    this.#deeds = this.#deeds.filter(({ id }) => id !== deed.id);
    this.#save((kept) => kept.filter(({ id }) => id !== deed.id));
    this.#options.ended(deed, failure);
    this.#settle(deed.id, settle);
  }

  #settle(id: string, settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting) settle(waiting);
  }

  /** Each change is made to what is in storage, which other tabs change too. */
  #save(change: (kept: Deed[]) => readonly Deed[]): void {
    const { storage } = this.#options;
    const key = this.#key;
    this.#saved = this.#saved.then(() => storage.update(key, (text) => formatDeeds(change(parseDeeds(text)))));
  }
}

/** Of two read marks, and of two edits of a message, the later one is enough. A tab whose engine was lost may do the same once more. */
function covers(deed: Deed, other: Deed): boolean {
  if (deed.id === other.id) return true;
  if (deed.kind === 'read') return other.kind === 'read' && other.conversationId === deed.conversationId;
  return deed.kind === 'edit' && other.kind === 'edit' && other.messageId === deed.messageId;
}

function concernsSame(some: readonly MessageKey[], others: readonly MessageKey[]): boolean {
  return some.some((one) => others.some(({ senderId, messageId }) => senderId === one.senderId && messageId === one.messageId));
}
