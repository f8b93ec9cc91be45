import type { ChatServiceDefinition } from '@parley/proto/chat';
import type { ReplicationServiceDefinition } from '@parley/proto/replication';
import type { Logger } from 'pino';
import { PasswordAttempts } from './chat/attempts.ts';
import { Cursors } from './chat/cursors.ts';
import { LARGE_CURSOR_BYTES } from './chat/limits.ts';
import { LiveHub } from './chat/live-hub.ts';
import type { ChatParts } from './chat/parts.ts';
import { chatHandlers } from './chat/service.ts';
import { Sessions } from './chat/sessions.ts';
import type { Handlers } from './grpc/handlers.ts';
import { randomId } from './ids.ts';
import { random48, type RandomBytes } from './random.ts';
import type { CopyDesk } from './replication/copy-desk.ts';
import { greetSeeds } from './replication/greet.ts';
import { isCopy, join, type LargeCluster } from './replication/join.ts';
import type { Connect } from './replication/link.ts';
import { OwnRegistration } from './replication/own-registration.ts';
import type { Prove } from './replication/proof-desk.ts';
import type { ClusterSecrets } from './replication/proof.ts';
import type { Waiting } from './replication/receive.ts';
import { type MemberStatus, Replication } from './replication/replication.ts';
import type { Identity } from './replication/reports.ts';
import { replicationHandlers } from './replication/service.ts';
import { type TablesOutcome, Verification } from './replication/verification.ts';
import type { Time } from './stamp/clock.ts';
import type { Store } from './store/store.ts';

/** Each member gets this long to answer before a starting replica calls itself ready. */
const ASK_MEMBERS_MS = 3000;

export interface ReplicaOptions {
  readonly store: Store;
  readonly time: Time;
  readonly random: RandomBytes;
  readonly log: Logger;
  readonly connect: Connect;
  readonly secrets: ClusterSecrets;
  readonly passwords: ChatParts['passwords'];
  readonly name: string;
  /** host:port at which peers reach it. */
  readonly address: string;
  /** Where browsers reach it. */
  readonly publicUrl: string;
  /** Addresses that the operator gave. */
  readonly seeds: readonly string[];
  readonly isFirst: boolean;
  /** Its database was damaged and set aside: it has to copy the cluster. */
  readonly wasDamaged: boolean;
  readonly ackTimeoutMs: number | undefined;
  /** --wait-for: a write is answered at so many copies; undefined: when all replicas that are up have it. */
  readonly waitFor: number | undefined;
  /** Hands this replica's file out to joiners; undefined for a database in memory. */
  readonly copies?: Pick<CopyDesk, 'read'>;
  /** Compares this replica's tables with its log; undefined for a database in memory, which compares nothing. */
  readonly prove?: Prove;
  /** It was removed from the cluster, and serves nobody any more. */
  readonly onRemoved: () => void;
  /** It has to be opened anew: another process runs under its replica id, and it takes an id of its own; or it was removed, and is a member again after all. */
  readonly openAnew: () => void;
}

/**
 * A replica without its ports: joins, registers, replicates, and answers what people and peers ask. It knows of time,
 * network, disk and chance only what it is given, so a simulation runs this very class.
 */
export class Replica {
  /** What peers ask. */
  readonly replicationHandlers: Handlers<typeof ReplicationServiceDefinition>;
  readonly hub: LiveHub;
  readonly #options: ReplicaOptions;
  #process: number;
  #replication: Replication | undefined;
  #verification: Verification | undefined;
  #serving: { sessions: Sessions; chat: Handlers<typeof ChatServiceDefinition> } | undefined;
  readonly #registration: OwnRegistration;
  readonly #onNamesake = (address: string) => void this.#registration.compareWithNamesake(address);
  #stopGreeting = () => {};
  #isClosed = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#process = random48(options.random);
    this.hub = new LiveHub(options.time);
    const { store, log, copies } = options;
    this.#registration = new OwnRegistration({ ...options, identity: () => this.#identity(), onRemoved: () => this.#stopServing() });
    this.replicationHandlers = replicationHandlers({
      store,
      time: options.time,
      log,
      identity: () => this.#identity(),
      clusterId: () => (store.getLocal('replica_id') === undefined ? undefined : store.getLocal('cluster_id')),
      wasDamaged: options.wasDamaged,
      changes: () => [...store.vector].reduce((sum, { seq }) => sum + seq, 0),
      copies,
      verification: () => this.#verification,
      memberAddresses: () => store.queries.replicas.members().map((row) => row.address),
      replication: () => this.#replication,
      onRelay: (event) => this.hub.typing(event),
      onNamesake: this.#onNamesake,
    });
  }

  /** What people's clients ask, and who asks; undefined until it serves, and once it was removed. */
  get serving(): { readonly sessions: Sessions; readonly chat: Handlers<typeof ChatServiceDefinition> } | undefined {
    return this.#serving;
  }

  /** It was removed from the cluster while it ran. It goes on replicating, so that nothing that people wrote here is lost. */
  get isRemoved(): boolean {
    return this.#registration.isRemoved;
  }

  /**
   * Joins where that is needed, registers, and opens for people. Resolves to undefined when it serves, or is closed; to the cluster to join,
   * with nothing done, when that has more than `copyAbove` changes: its file can be copied first. Throws CannotJoin.
   */
  async serve(copyAbove = Number.POSITIVE_INFINITY): Promise<LargeCluster | undefined> {
    const { store, connect, log, time, random, seeds, isFirst, wasDamaged, secrets } = this.#options;
    const takeNewId = async () => {
      await store.setLocal('replica_id', randomId(random));
      return this.#identity();
    };
    if (store.getLocal('replica_id') === undefined || (await isCopy({ store, connect, identity: this.#identity() }))) await takeNewId();
    const joined =
      store.getLocal('cluster_id') ??
      (await join({ store, connect, log, time, identity: this.#identity(), takeNewId, seeds, ownClusterId: secrets.clusterId, isFirst, wasDamaged, copyAbove, isClosed: () => this.#isClosed }));
    if (typeof joined === 'object' && !this.#isClosed) return joined;
    if (typeof joined !== 'string' || this.#isClosed) return undefined;
    const clusterId = joined;
    await store.setLocal('cluster_id', clusterId);
    await this.#registration.register();
    if (this.#isClosed) return undefined;
    const identity = this.#lasting(clusterId);
    const { ackTimeoutMs, waitFor } = this.#options;
    const renew = () => {
      this.#process = random48(random);
    };
    const replication = new Replication({ store, time, log, connect, identity, ackTimeoutMs, waitFor, renew, onNamesake: this.#onNamesake });
    this.#replication = replication;
    this.#registration.watch();
    replication.start();
    this.#stopGreeting = greetSeeds(seeds, { store, time, log, connect, identity, replication, onNamesake: this.#onNamesake });
    await replication.catchUp.askedAll(ASK_MEMBERS_MS);
    if (this.#isClosed || this.isRemoved) return undefined;
    this.#registration.started(replication.catchUp.isAnswered() ? replication.catchUp.shown() : undefined);
    this.#verification = this.#verify(replication, identity);
    this.#openForPeople(replication, identity);
    return undefined;
  }

  /** The other members as this one sees them; none until it replicates. */
  members(): MemberStatus[] {
    return this.#replication?.members() ?? [];
  }

  /** Changes that came from others, and wait for what they follow or depend on. */
  waiting(): Waiting[] {
    return this.#replication?.waiting() ?? [];
  }

  /** What the last comparison of tables came to for a member, or for this replica itself. */
  tables(replicaId = this.#identity().replicaId): TablesOutcome | undefined {
    return this.#verification?.outcomeOf(replicaId);
  }

  /** Tells streams and peers that it is going. */
  drain(): void {
    this.#isClosed = true;
    this.#stopGreeting();
    this.hub.drain();
    this.#replication?.drain();
  }

  /** Lets all waiting go; the store stays open. */
  close(): void {
    this.#isClosed = true;
    this.#stopGreeting();
    this.#registration.close();
    this.#verification?.close();
    this.#replication?.close();
  }

  /** Compares the tables now and then, where there is a file to compare. */
  #verify(replication: Replication, { replicaId, clusterId }: Identity): Verification | undefined {
    const { prove, time, random, log } = this.#options;
    if (!prove) return undefined;
    const members = () => replication.members().map(({ peer }) => peer);
    return new Verification({ prove, replicaId, clusterId, time, random, log, members, catchUp: (target, timeoutMs) => replication.catchUp.reach(target, timeoutMs) });
  }

  #openForPeople(replication: Replication, { replicaId, address, clusterId }: Identity): void {
    const { store, time, random, log, secrets, passwords, name, publicUrl } = this.#options;
    store.onCommit(() => this.hub.wakeAll());
    replication.onReport(() => this.hub.copiesMayHaveRisen());
    const sessions = new Sessions(store, secrets, time, random);
    const cursors = new Cursors(store, secrets);
    const { length: bytes } = cursors.head();
    if (bytes > LARGE_CURSOR_BYTES) log.warn({ alarm: 'cursors', bytes, origins: [...store.vector].length }, 'every message brings a large cursor with it: replicas of this cluster have been started very often. Find out which one is, and why');
    const parts: ChatParts = {
      store,
      replication,
      sessions,
      cursors,
      attempts: new PasswordAttempts(time),
      passwords,
      hub: this.hub,
      time,
      log,
      self: { replicaId, name, publicUrl, address, clusterId },
      tables: (id) => this.tables(id),
    };
    this.#serving = { sessions, chat: chatHandlers(parts) };
    log.info({ replicaId, clusterId, address, publicUrl }, 'ready');
  }

  /** It was removed: streams end, so that clients move on. */
  #stopServing(): void {
    this.#serving = undefined;
    this.hub.drain();
    this.#options.onRemoved();
  }

  #identity(): Omit<Identity, 'clusterId'> {
    const { store, address } = this.#options;
    return { replicaId: store.getLocal('replica_id') ?? '', process: this.#process, address };
  }

  /** The same for as long as it runs, with the process number that counts at the moment. */
  #lasting(clusterId: string): Identity {
    const process = () => this.#process;
    return {
      ...this.#identity(),
      clusterId,
      get process() {
        return process();
      },
    };
  }
}
