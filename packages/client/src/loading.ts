import { ChatServiceDefinition, type Position } from '@parley/proto/chat';
import type { MessageKey } from './api.ts';
import type { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import { Failure, isFinal } from './failure.ts';
import type { Questions } from './questions.ts';
import { comparePositions, type Word } from './rows.ts';
import type { Store } from './store.ts';
import { KEPT_MESSAGES } from './surplus.ts';

const { getAccount, listAccounts, listConversations, listMessages } = ChatServiceDefinition.methods;

/** What one screen shows, and a little more. */
const SCREEN_PAGE = 50;
/** The largest pages that the server gives, for loading much at once. */
const LARGE_PAGE = 200;
const ACCOUNTS_PAGE = 500;

/** When loading an opened timeline again: at most 2,000 messages; what is above can be loaded as older ones. */
const MOST_PAGES_AGAIN = 10;

/** When loading back to a message: at most 10,000 messages at once, which a page can still show. */
const MOST_PAGES_BACK = 50;

/** A burst of late messages leads to one load. */
const AGAIN_AFTER_MS = 1_000;

/** Loads conversations, messages and accounts from servers and merges them into the store. */
export class Loading {
  readonly #calls: Calls;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #questions: Questions;
  #again: unknown;
  /** Pages of older messages that are under way, by conversation. */
  readonly #older = new Map<string, Promise<void>>();

  constructor(calls: Calls, store: Store, clock: Clock, questions: Questions) {
    this.#calls = calls;
    this.#store = store;
    this.#clock = clock;
    this.#questions = questions;
  }

  /** Everything that is shown: conversations, accounts, opened timelines. */
  async all(): Promise<void> {
    await Promise.all([this.conversations(), this.accounts(), ...[...this.#store.windows.keys()].map((id) => this.#timelineAgain(id))]);
    this.#store.lackingAgain();
  }

  async conversations(): Promise<void> {
    for (let pageToken = ''; ;) {
      const reply = await this.#calls.call(listConversations, listConversations.requestType.create({ pageSize: LARGE_PAGE, pageToken }));
      for (const conversation of reply.conversations) this.#store.applyConversation(conversation, wordOf(reply));
      pageToken = reply.nextPageToken;
      if (pageToken === '') break;
    }
    this.#store.conversationsLoaded = true;
    this.#store.touch();
  }

  /** Loads the conversations a little later, once however often it is called meanwhile, and again until a server answers. */
  conversationsSoon(): void {
    if (this.#again !== undefined) return;
    this.#again = this.#clock.setTimeout(() => {
      this.#again = undefined;
      this.conversations().catch((error: unknown) => {
        // A stream that resumes loads nothing, so this is not left to it.
        const signedIn = this.#store.me !== '';
        if (signedIn && error instanceof Failure && error.reason === 'UNREACHABLE') this.conversationsSoon();
      });
    }, AGAIN_AFTER_MS);
  }

  async accounts(): Promise<void> {
    for (let pageToken = ''; ;) {
      const reply = await this.#calls.call(listAccounts, listAccounts.requestType.create({ pageSize: ACCOUNTS_PAGE, pageToken }));
      for (const account of reply.accounts) this.#store.applyAccount(account);
      pageToken = reply.nextPageToken;
      if (pageToken === '') return;
    }
  }

  /** The first accounts that match, at most `most`: their ids, ordered by username. */
  async search(pattern: string, most: number): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let pageToken = ''; ;) {
      const pageSize = Math.min(most - ids.length, ACCOUNTS_PAGE);
      const reply = await this.#calls.call(listAccounts, listAccounts.requestType.create({ pattern, pageSize, pageToken }));
      for (const account of reply.accounts) this.#store.applyAccount(account);
      ids.push(...reply.accounts.map((account) => account.accountId));
      pageToken = reply.nextPageToken;
      if (pageToken === '' || ids.length >= most) return ids;
    }
  }

  /** The account with that username. Rejects with ACCOUNT_NOT_FOUND. */
  async accountNamed(username: string): Promise<string> {
    const request = getAccount.requestType.create({ account: { $case: 'username', value: username } });
    const { account } = await this.#calls.call(getAccount, request);
    if (!account) throw new Failure('ACCOUNT_NOT_FOUND', `No account is named "${username}". Check the spelling, then send again.`);
    this.#store.applyAccount(account);
    return account.accountId;
  }

  /** Opens a conversation's timeline with its newest messages; where it is open, in another tab or in this one, what was loaded of it stays. One that does not exist yet is empty. */
  async open(conversationId: string): Promise<void> {
    this.#store.setWindow(conversationId, {});
    await this.newest(conversationId);
  }

  /** Loads the newest messages of an opened conversation again. What somebody loaded above them stays. */
  async newest(conversationId: string): Promise<void> {
    this.#extend(conversationId, await this.#page(conversationId, undefined, SCREEN_PAGE));
  }

  /** Loads the page before what is loaded; all who ask for it meanwhile wait for the same one. */
  older(conversationId: string): Promise<void> {
    const loading = this.#older.get(conversationId) ?? this.#loadOlder(conversationId).finally(() => this.#older.delete(conversationId));
    this.#older.set(conversationId, loading);
    return loading;
  }

  /** Loads an opened conversation back to a message; see ParleyApi.loadBackTo. */
  async backTo(conversationId: string, key: MessageKey): Promise<'here' | 'missing' | 'too-far'> {
    if (!this.#store.windows.get(conversationId)?.loaded) await this.open(conversationId);
    if (!this.#store.find(conversationId, key)) await this.#questions.get([key]);
    for (let pages = 0; ; pages++) {
      const row = this.#store.find(conversationId, key);
      if (!row) return 'missing';
      const { floor, more } = this.#store.windows.get(conversationId) ?? {};
      if (!more || !floor || comparePositions(floor, row.position) <= 0) return 'here';
      if (pages === MOST_PAGES_BACK) return 'too-far';
      await this.#pageBefore(conversationId, floor, LARGE_PAGE);
    }
  }

  async #loadOlder(conversationId: string): Promise<void> {
    const { floor, more } = this.#store.windows.get(conversationId) ?? {};
    if (floor && more) await this.#pageBefore(conversationId, floor, SCREEN_PAGE);
  }

  /** Loads older messages, which stay in memory on top of those that stay anyway: they are being read. */
  async #pageBefore(conversationId: string, floor: Position, pageSize: number): Promise<void> {
    const { keep = KEPT_MESSAGES } = this.#store.windows.get(conversationId) ?? {};
    this.#store.setWindow(conversationId, { keep: keep + pageSize });
    this.#extend(conversationId, await this.#page(conversationId, floor, pageSize));
  }

  /** Loads what is shown of a conversation again, down to its floor. What lies deeper than can be loaded at once is shown no more, until older ones are loaded. */
  async #timelineAgain(conversationId: string): Promise<void> {
    const floor = this.#store.windows.get(conversationId)?.floor;
    let bottom = await this.#page(conversationId, undefined, LARGE_PAGE);
    for (let pages = 1; bottom && !(floor && comparePositions(bottom, floor) <= 0); pages++) {
      if (pages === MOST_PAGES_AGAIN) return this.#store.setWindow(conversationId, { loaded: true, floor: bottom, more: true });
      bottom = await this.#page(conversationId, bottom, LARGE_PAGE);
    }
    this.#extend(conversationId, bottom);
  }

  /** Loads the page before a position. Resolves to the position of its oldest message; undefined: there are no older ones. */
  async #page(conversationId: string, before: Position | undefined, pageSize: number): Promise<Position | undefined> {
    this.#store.setWindow(conversationId, { loading: this.#loading(conversationId) + 1 });
    try {
      const reply = await this.#calls.call(listMessages, listMessages.requestType.create({ conversationId, pageSize, ...(before && { before }) }));
      this.#store.applyPage(reply.messages, wordOf(reply));
      return reply.more ? reply.messages.at(-1)?.position : undefined;
    } catch (error) {
      // The other account is known, but nobody has written yet.
      if (error instanceof Failure && error.reason === 'CONVERSATION_NOT_FOUND') return undefined;
      // Loading everything again would fail with it each time.
      if (error instanceof Failure && isFinal(error.cause) && !before) this.#store.dropWindow(conversationId);
      throw error;
    } finally {
      if (this.#store.windows.has(conversationId)) this.#store.setWindow(conversationId, { loading: Math.max(0, this.#loading(conversationId) - 1) });
    }
  }

  /** All from `bottom` on is loaded (undefined: from the very first on). A window never shrinks by this. */
  #extend(conversationId: string, bottom: Position | undefined): void {
    const window = this.#store.windows.get(conversationId);
    if (!window || (window.loaded && !window.more)) return;
    const floor = window.floor && bottom && comparePositions(window.floor, bottom) < 0 ? window.floor : bottom;
    this.#store.setWindow(conversationId, { loaded: true, floor, more: floor !== undefined });
  }

  #loading(conversationId: string): number {
    return this.#store.windows.get(conversationId)?.loading ?? 0;
  }
}

function wordOf(reply: { readonly behind: boolean }): Word {
  return reply.behind ? 'behind' : 'current';
}
