import type { Update } from '@parley/proto/chat';
import { Accounts } from './accounts.ts';
import { Attempts } from './attempts.ts';
import { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import { Cluster } from './cluster.ts';
import { Cursors } from './cursors.ts';
import type { Deed } from './deed.ts';
import { Deeds } from './deeds.ts';
import { DeliveryMarks } from './delivery-marks.ts';
import { Exporting } from './exporting.ts';
import { showDeletion, tellDeletion } from './deletions.ts';
import { showEdit, tellEdit } from './edits.ts';
import type { Failure } from './failure.ts';
import { freedName } from './freed-name.ts';
import { Live } from './live.ts';
import { Loading } from './loading.ts';
import { Outbox } from './outbox.ts';
import { OwnName } from './own-name.ts';
import { deliveryOf } from './outbox-entry.ts';
import { Questions } from './questions.ts';
import type { Random } from './random.ts';
import { ReadMarks } from './read-marks.ts';
import { SeenMemory } from './seen-memory.ts';
import { ServerMemory } from './server-memory.ts';
import { Servers } from './servers.ts';
import { messageKey } from './rows.ts';
import { type Session, SessionKeeper } from './session.ts';
import { Snapshots } from './snapshots.ts';
import { forgiving, type Storage } from './storage.ts';
import { Store } from './store.ts';
import { Ticks } from './ticks.ts';
import type { Transport } from './transport.ts';
import { sendTyping } from './typing-calls.ts';
import { Typing } from './typing.ts';
import { Views } from './views.ts';

/** The server takes no more. */
const MOST_RISING = 100;

export interface EngineOptions {
  readonly servers: readonly string[];
  readonly hints?: readonly string[];
  readonly transport: Transport;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
}

/** Ties the parts of the client together; they do not know each other but for what they are given here. */
export class Engine {
  readonly accounts: Accounts;
  readonly attempts: Attempts;
  readonly calls: Calls;
  readonly cluster: Cluster;
  readonly loading: Loading;
  readonly deeds: Deeds;
  readonly outbox: Outbox;
  readonly questions: Questions;
  readonly ownName: OwnName;
  readonly deliveryMarks: DeliveryMarks;
  readonly exporting: Exporting;
  readonly readMarks: ReadMarks;
  readonly servers: Servers;
  readonly session: SessionKeeper;
  readonly snapshots: Snapshots;
  readonly store: Store;
  readonly transport: Transport;
  readonly typing: Typing;
  readonly #closing = new AbortController();
  readonly #live: Live;
  readonly #memory: ServerMemory;
  readonly #seen: SeenMemory;
  readonly #ticks: Ticks;

  constructor(options: EngineOptions) {
    const { clock, random, transport } = options;
    const storage = forgiving(options.storage, clock);
    const cursors = new Cursors(() => this.#seen.changed());
    this.#seen = new SeenMemory(storage, cursors, clock);
    const ticks = new Ticks(storage, clock);
    this.#ticks = ticks;
    const closing = this.#closing.signal;
    this.transport = transport;
    const servers = new Servers(clock, random);
    this.servers = servers;
    for (const address of options.servers) servers.add(transport.normalize(address) ?? address, 'given');
    for (const address of options.hints ?? []) servers.add(transport.normalize(address) ?? address, 'learnt');
    this.#memory = new ServerMemory(storage, servers);
    const session = new SessionKeeper(storage, clock, (now) => this.#signedInOrOut(now));
    this.session = session;
    const attempts = new Attempts(transport, clock, servers, cursors);
    this.attempts = attempts;
    const cluster = new Cluster({ attempts, servers, transport, clock, random, closing, replaced: () => this.#clusterReplaced() });
    this.cluster = cluster;
    const calls = new Calls({ attempts, cluster, servers, session, clock, random, closing, succeeded: () => this.#serverAnswered() });
    this.calls = calls;
    const ownName = new OwnName(session, storage, () => this.snapshots.changed('session', 'sharedName'));
    this.ownName = ownName;
    const storeChanged = (): void => {
      this.snapshots.changed('accounts', 'conversations', 'timelines', 'unsent');
      ownName.shown(store.accounts.get(store.me)?.username);
    };
    const store = new Store(storeChanged, () => this.loading.conversationsSoon(), (question) => this.questions.want(question), { ticks, namesOf: (holders) => servers.namesOf(holders) });
    this.store = store;
    this.exporting = new Exporting(calls);
    this.questions = new Questions(calls, store, clock);
    this.loading = new Loading(calls, store, clock, this.questions);
    this.outbox = new Outbox({
      calls, servers, storage, clock, random,
      isPlaced: ({ conversationId, messageId }) => store.messages.get(conversationId)?.has(messageKey({ senderId: store.me, messageId })) ?? false,
      keepSeen: () => this.#seen.keep(),
      changed: (entries) => {
        store.setOutgoing(entries.map((entry) => ({ ...entry, delivery: deliveryOf(entry) })));
        // Edits wait for their messages.
        this.deeds.wake();
      },
      loaded: () => this.deeds.wake(),
      sent: (entry, message, copies) => {
        if (message) store.applySent(message, entry.recipientId, deliveryOf(entry), copies);
      },
    });
    this.deeds = new Deeds({
      storage, clock, random,
      isReady: (deed) => deed.kind !== 'edit' || !this.outbox.mayBeUnsent(deed.messageId),
      tell: (deed) => this.#tell(deed),
      begun: (deed) => this.#show(deed, true),
      ended: (deed, failure) => this.#show(deed, false, failure),
    });
    this.deliveryMarks = new DeliveryMarks(calls, cursors, store, clock);
    this.readMarks = new ReadMarks({ calls, cursors, store, clock, closing, random, keep: (mark) => this.deeds.do(mark), uncertain: (id) => this.#openAgain(id) });
    this.typing = new Typing({
      clock,
      show: (conversationId, typing) => store.setTyping(conversationId, typing),
      tell: (conversationId) => sendTyping(conversationId, calls, servers),
    });
    this.#live = new Live({
      attempts, cluster, cursors, servers, session, clock, random,
      update: (update) => this.#apply(update),
      risingCopies: () => store.deliveries.rising(MOST_RISING),
      reload: () => this.loading.all().then(() => this.deliveryMarks.loaded()),
      resumed: () => {
        this.readMarks.resumed();
        store.lackingAgain();
      },
      changed: () => this.snapshots.changed('connection'),
    });
    this.accounts = new Accounts(calls, session, random);
    const views = new Views(store, clock);
    this.snapshots = new Snapshots({
      session: () => {
        const now = session.session;
        return now ? { status: 'signed-in', accountId: now.accountId, username: now.username } : { status: 'signed-out', reason: session.reason };
      },
      connection: () => this.#live.connection,
      servers: () => servers.views(),
      moves: () => servers.moves,
      accounts: () => views.accounts(),
      conversations: () => views.conversations(),
      timelines: () => views.timelines(),
      unsent: () => store.outgoing.length,
      sharedName: () => ownName.notice,
    });
    servers.onChange(() => this.#serversChanged());
  }

  /** Reads what is kept on this device, and begins. */
  async start(): Promise<void> {
    this.cluster.recall(await this.#memory.recall());
    if (!this.#closing.signal.aborted) await this.session.restore();
    void this.cluster.poll();
  }

  /** Everything that waits for a server goes on at once. */
  wake(): void {
    this.cluster.wake();
    this.#live.wake();
    this.calls.wake();
    this.outbox.wake();
    this.deeds.wake();
  }

  /** The stream goes on with the session's new token, before the old one is refused. */
  tokenReplaced(): void {
    this.#live.restart();
  }

  close(): void {
    this.#closing.abort();
    this.#live.stop();
    this.outbox.stop();
    this.deeds.stop();
    this.typing.clear();
    this.deliveryMarks.clear();
    this.attempts.close();
  }

  /** Resolves when storage holds all that the person has done so far. */
  async saved(): Promise<void> {
    await Promise.all([this.#seen.keep(), this.#ticks.keep(), this.outbox.saved(), this.deeds.saved()]);
  }

  /** Stops, and forgets what no server has taken, and what the account was shown. */
  async forgetAccount(): Promise<void> {
    await Promise.all([this.outbox.clear(), this.deeds.clear(), this.#seen.forget(), this.#ticks.forget()]);
  }

  #tell(deed: Deed): Promise<void> {
    switch (deed.kind) {
      case 'read':
        return this.readMarks.tell(deed);
      case 'edit':
        return tellEdit(deed, this.calls, this.store, this.outbox);
      default:
        return tellDeletion(deed, this.calls, this.store);
    }
  }

  #show(deed: Deed, isOnItsWay: boolean, failure?: Failure): void {
    if (deed.kind === 'delete') showDeletion(deed, isOnItsWay, this.store);
    if (deed.kind === 'edit') showEdit(deed, isOnItsWay, this.store, failure);
  }

  #serverAnswered(): void {
    this.outbox.wake();
    this.deeds.wake();
  }

  #signedInOrOut(session: Session | undefined): void {
    this.#seen.belongTo(session?.accountId, this.#ticks.belongTo(session?.accountId));
    this.readMarks.clear();
    this.deliveryMarks.clear();
    this.typing.clear();
    this.questions.clear();
    this.ownName.clear();
    this.outbox.stop();
    this.deeds.stop();
    this.store.reset(session?.accountId ?? '');
    if (session) {
      this.store.applyAccount({ accountId: session.accountId, username: session.username, deleted: false });
      this.outbox.start(session.accountId);
      this.deeds.start(session.accountId);
      this.#live.start();
    } else {
      this.#live.stop();
    }
    this.snapshots.changed('session', 'connection');
  }

  #serversChanged(): void {
    this.snapshots.changed('servers', 'moves', 'connection');
    this.#memory.keep(this.cluster.clusterId);
  }

  /** The servers hold other accounts now: a session of the old ones could only be refused. */
  #clusterReplaced(): void {
    this.servers.forgetLearnt();
    if (this.session.session) this.session.end('These servers belong to another cluster now. Sign in to it, or create an account there.');
  }

  #apply({ update }: Update): void {
    switch (update?.$case) {
      case 'message':
        this.store.applyDelta(update.value);
        if (update.value.senderId !== this.store.me) {
          this.typing.ended(update.value.conversationId);
          if (update.value.unread) this.deliveryMarks.came(update.value.conversationId);
        } else if (update.value.copies) this.outbox.told(update.value.messageId, update.value.copies);
        return this.store.letGoOfOld(update.value.conversationId);
      case 'receipt':
        return this.store.applyReceipt(update.value);
      case 'copies': {
        const { messageId, copies, origin, createdSeq } = update.value;
        if (!copies) return undefined;
        this.outbox.told(messageId, copies);
        return this.store.applyCopies(messageId, copies, { position: { origin }, createdSeq });
      }
      case 'conversation': {
        const isNew = !this.store.conversations.has(update.value.conversationId);
        this.store.applyConversation(update.value, 'current');
        // What was said in it before this account was in it has passed the stream.
        if (isNew) this.#openAgain(update.value.conversationId);
        return undefined;
      }
      case 'account': {
        const freed = freedName(this.store.accounts, update.value);
        this.store.applyAccount(update.value);
        // Nobody waits for it: what it fails to bring comes with the next load of everything.
        if (freed !== undefined) this.loading.accountNamed(freed).catch(() => undefined);
        return undefined;
      }
      case 'replica':
        return this.cluster.learn(update.value);
      case 'typing':
        return this.typing.heard(update.value.conversationId);
      default:
        return undefined;
    }
  }

  /** Loads an opened conversation again. Nobody waits for it: what it fails to bring comes with the next load of everything. */
  #openAgain(conversationId: string): void {
    if (this.store.windows.has(conversationId)) this.loading.newest(conversationId).catch(() => undefined);
  }
}
