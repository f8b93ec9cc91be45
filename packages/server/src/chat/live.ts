import type { ChatServiceDefinition, MessageCopies, SubscribeResponse, Update } from '@parley/proto/chat';
import { ChangeKind } from '@parley/proto/replication';
import { invalid, Refusal } from '../errors.ts';
import type { CallContext, Handlers, Send } from '../grpc/handlers.ts';
import type { Copies } from '../replication/copies.ts';
import type { LoggedChange, PageLimit } from '../store/log.ts';
import { checkId } from './fields.ts';
import { CATCH_UP_MS, HEARTBEAT_EVERY_MS, MAX_REPLAYED, MAX_STREAM_MS, MAX_WATCHED } from './limits.ts';
import type { LiveStream, TypingEvent } from './live-hub.ts';
import { updatesOf } from './live-updates.ts';
import type { ChatParts } from './parts.ts';
import { RisingCopies, type Told } from './rising-copies.ts';
import { cover, noticeOwnOrigin } from './seen.ts';
import type { Session } from './sessions.ts';

/** A page of the log between two looks at the connection. */
const PAGE: PageLimit = { changes: 500, bytes: 1024 * 1024 };
/** Typing events that may wait for a slow client; more are dropped. */
const MAX_TYPING = 20;

export function liveHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, 'subscribe'> {
  return {
    subscribe: async (request, call, send) => {
      if (request.messageIds.length > MAX_WATCHED) throw invalid('message_ids', `message_ids holds more than ${MAX_WATCHED} ids`);
      for (const messageId of request.messageIds) checkId('message_ids', messageId);
      await cover(parts, request.seen);
      const session = parts.sessions.of(call);
      await new Live(parts, session, call, send).run(request.resume, request.messageIds);
    },
  };
}

/**
 * One client's stream: one loop. Page what its cursor does not cover, then all that arrives after that; when there is
 * nothing, wait to be woken [L2].
 */
class Live implements LiveStream {
  readonly accountId: string;
  readonly sessionId: string;
  readonly #parts: ChatParts;
  #session: Session;
  readonly #call: CallContext;
  readonly #send: Send<SubscribeResponse>;
  readonly #typing: TypingEvent[] = [];
  readonly #rising: RisingCopies;
  #risen: MessageCopies[] = [];
  #ended: 'session' | 'draining' | undefined;
  #wakeUp: () => void = () => {};

  constructor(parts: ChatParts, session: Session, call: CallContext, send: Send<SubscribeResponse>) {
    this.#parts = parts;
    this.#session = session;
    this.accountId = session.accountId;
    this.sessionId = session.sessionId;
    this.#rising = new RisingCopies({
      count: (write) => parts.replication.copiesOf(write),
      creationOf: (messageId) => {
        const row = parts.store.queries.messages.byKey(session.accountId, session.accountId, messageId);
        return row?.position && !row.deleted ? row.createdBy : undefined;
      },
    });
    this.#call = call;
    this.#send = send;
  }

  wake(): void {
    this.#wakeUp();
  }

  typing(event: TypingEvent): void {
    const { accountId } = this.#session;
    if (event.accountId === accountId || this.#typing.length >= MAX_TYPING || !this.#parts.store.queries.conversations.isMember(event.conversationId, accountId)) return;
    this.#typing.push(event);
    this.wake();
  }

  watch(message: Told): void {
    this.#rising.watch(message);
  }

  answered(messageId: string, copies: Copies): void {
    this.#rising.answered(messageId, copies);
  }

  lookAtCopies(): void {
    // A slow client is told later of how many there are then.
    if (this.#risen.length < MAX_WATCHED) this.#risen.push(...this.#rising.risen());
    if (this.#risen.length > 0) this.wake();
  }

  end(why: 'session' | 'draining'): void {
    this.#ended = why;
    this.wake();
  }

  /** Streams until the client is gone; throws the Refusal that tells it why the stream ends. `messageIds`: own messages of which it may know too few copies. */
  async run(resume: Uint8Array, messageIds: readonly string[]): Promise<void> {
    const remove = this.#parts.hub.add(this);
    this.#rising.ask(messageIds);
    this.lookAtCopies();
    const onGone = () => this.wake();
    this.#call.signal.addEventListener('abort', onGone);
    try {
      await this.#follow(await this.#replay(resume));
    } finally {
      this.#call.signal.removeEventListener('abort', onGone);
      remove();
    }
  }

  /** Brings what the cursor lacks; resolves to the arrival from which to follow. */
  async #replay(resume: Uint8Array): Promise<number> {
    const { store, cursors, replication } = this.#parts;
    if (resume.length === 0) return this.#reload();
    const { vector: from, hlc } = cursors.read('resume', resume);
    noticeOwnOrigin(this.#parts, from);
    store.observe(hlc);
    if (!(await replication.catchUp.reach([...from], CATCH_UP_MS))) {
      if (replication.catchUp.isHadBySomeone([...from])) throw new Refusal('NOT_HERE', 'This server is behind what you have seen. Use another server, or try again.');
      return this.#reload();
    }
    // What came while it caught up may have ended the session.
    this.#parts.sessions.check(this.#session);
    if ([...from].some((entry) => store.covers(entry) === 'forked')) return this.#reload();
    let lag = 0;
    for (const { origin, seq } of store.vector) lag += seq - from.seq(origin);
    if (lag > MAX_REPLAYED) return this.#reload();
    for (;;) {
      const { changes, more } = store.log.lacking(store.vector, from, PAGE);
      const isLast = !more || changes.length === 0;
      const head = store.log.head;
      const cursor = cursors.head();
      const isSomething = await this.#deliver(changes, isLast ? cursor : undefined);
      // A client that missed nothing is told at once that it is connected.
      if (isLast && !isSomething) await this.#send({ event: { $case: 'heartbeat', value: { resume: cursor } } });
      if (isLast || this.#isOver()) return head;
      from.raise(changes.map(({ header, hash }) => ({ origin: header.origin, seq: header.seq, hash })));
    }
  }

  async #reload(): Promise<number> {
    const { store, cursors } = this.#parts;
    const head = store.log.head;
    await this.#send({ event: { $case: 'reload', value: { resume: cursors.head() } } });
    return head;
  }

  async #follow(from: number): Promise<void> {
    const { store, cursors, time } = this.#parts;
    const startedAt = time.monotonicMs();
    let at = from;
    // What ended the session before `from` does not come by any more.
    this.#parts.sessions.check(this.#session);
    while (!this.#isOver()) {
      await this.#renewToken();
      // Armed before the read, so that nothing committed in between is missed.
      const wait = this.#arm(HEARTBEAT_EVERY_MS);
      const changes = store.log.after(at, PAGE);
      at = changes.at(-1)?.arrival ?? at;
      // Typing and copies move no cursor.
      const resume = changes.length > 0 && at >= store.log.head ? cursors.head() : undefined;
      const isSomething = await this.#deliver(changes, resume);
      if (isSomething || changes.length > 0) {
        wait.cancel();
        continue;
      }
      if (time.monotonicMs() - startedAt > MAX_STREAM_MS) throw new Refusal('STREAM_ENDED', 'The stream has lasted long enough; subscribe again.');
      if (!(await wait.woken)) await this.#send({ event: { $case: 'heartbeat', value: { resume: cursors.head() } } });
    }
  }

  /** Sends what changes mean to this account, copies that have risen, and typing; true when that was something. */
  async #deliver(changes: readonly LoggedChange[], resume: Uint8Array | undefined): Promise<boolean> {
    const { accountId } = this.#session;
    const updates: Update[] = [];
    for (const change of changes) {
      this.#checkSession(change);
      for (const update of updatesOf(this.#parts, accountId, change)) updates.push({ update });
    }
    for (const value of this.#risen.splice(0)) updates.push({ update: { $case: 'copies', value } });
    for (const value of this.#typing.splice(0)) updates.push({ update: { $case: 'typing', value } });
    if (updates.length > 0) await this.#send({ event: { $case: 'delta', value: { updates, resume: resume ?? new Uint8Array() } } });
    return updates.length > 0;
  }

  /** While the cluster's secret is replaced, clients get tokens under the new one, so that nobody has to sign in again [D4]. */
  async #renewToken(): Promise<void> {
    const renewed = this.#parts.sessions.renewed(this.#session);
    if (!renewed) return;
    this.#session = renewed.session;
    await this.#send({ event: { $case: 'newToken', value: renewed.token } });
  }

  /** Newer credentials, or the account's deletion, end the stream. */
  #checkSession({ header }: LoggedChange): void {
    const isAbout = header.kind === ChangeKind.CHANGE_KIND_CREDENTIALS_SET || header.kind === ChangeKind.CHANGE_KIND_ACCOUNT_DELETED;
    if (isAbout && header.key === this.#session.accountId) this.#parts.sessions.check(this.#session);
  }

  /** True when the client is gone. Throws when the stream has to end for another reason. */
  #isOver(): boolean {
    if (this.#ended === 'session') throw new Refusal('SESSION_INVALID', 'You signed out. Sign in again to go on.');
    if (this.#ended === 'draining') throw new Refusal('DRAINING', 'This server is shutting down. Use another one.');
    return this.#call.signal.aborted;
  }

  /** From now on until cancelled: `woken` resolves to true when woken, to false after `ms`. */
  #arm(ms: number): { woken: Promise<boolean>; cancel: () => void } {
    let cancel = () => {};
    const woken = new Promise<boolean>((resolve) => {
      cancel = this.#parts.time.after(ms, () => resolve(false));
      this.#wakeUp = () => {
        cancel();
        resolve(true);
      };
    });
    if (this.#typing.length > 0 || this.#risen.length > 0 || this.#ended || this.#call.signal.aborted) this.#wakeUp();
    return { woken, cancel };
  }
}
