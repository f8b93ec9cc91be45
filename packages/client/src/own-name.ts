import type { SharedName } from './api.ts';
import type { SessionKeeper } from './session.ts';
import type { Storage } from './storage.ts';

/** What stands between a name and what tells it apart from an earlier claim of the same name; nobody can choose it. */
export const SUFFIX = '~';

/**
 * The signed-in account's own name, as servers show it. Where two people claimed one name on both sides of a cut, the later one is
 * shown with a suffix from then on: that is said once on each device.
 */
export class OwnName {
  readonly #session: SessionKeeper;
  readonly #storage: Storage;
  readonly #changed: () => void;
  /** The name of which it is known whether it was told; by account. */
  #looked: { readonly accountId: string; readonly username: string } | undefined;
  #notice: SharedName | undefined;

  /** `changed`: the session's name, or the notice, is another one. */
  constructor(session: SessionKeeper, storage: Storage, changed: () => void) {
    this.#session = session;
    this.#storage = storage;
    this.#changed = changed;
  }

  /** What the person is to be told; undefined: nothing, or not any more. */
  get notice(): SharedName | undefined {
    return this.#notice;
  }

  /** The name that the session's account is shown by; undefined: not known yet. */
  shown(username: string | undefined): void {
    const session = this.#session.session;
    if (!session || username === undefined || username === '') return;
    if (username !== session.username) {
      this.#session.renamed(username);
      this.#changed();
    }
    if (this.#looked?.accountId === session.accountId && this.#looked.username === username) return;
    this.#looked = { accountId: session.accountId, username };
    this.#tell(undefined);
    if (username.includes(SUFFIX)) void this.#tellUnlessTold(session.accountId, username);
  }

  /** The person has read it. */
  dismiss(): void {
    if (!this.#notice || !this.#looked) return;
    void this.#storage.set(keyOf(this.#looked.accountId), this.#looked.username);
    this.#tell(undefined);
  }

  /** Signed in or out. */
  clear(): void {
    this.#looked = undefined;
    this.#tell(undefined);
  }

  async #tellUnlessTold(accountId: string, username: string): Promise<void> {
    const looked = this.#looked;
    const told = await this.#storage.get(keyOf(accountId));
    if (this.#looked !== looked || told === username) return;
    this.#tell({ shown: username, claimed: username.slice(0, username.lastIndexOf(SUFFIX)) });
  }

  #tell(notice: SharedName | undefined): void {
    if (notice === this.#notice) return;
    this.#notice = notice;
    this.#changed();
  }
}

function keyOf(accountId: string): string {
  return `name-told:${accountId}`;
}
