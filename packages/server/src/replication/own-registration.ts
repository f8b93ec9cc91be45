import { ChangeKind, ReplicaRegistered } from '@parley/proto/replication';
import type { Logger } from 'pino';
import { randomId } from '../ids.ts';
import type { RandomBytes } from '../random.ts';
import { type Time, wallMsOf } from '../stamp/clock.ts';
import { compareStamps } from '../stamp/stamp.ts';
import type { VersionVector } from '../stamp/version-vector.ts';
import type { RemovedRow } from '../store/queries/replicas.ts';
import type { Store } from '../store/store.ts';
import { isCopy, whoAnswersAt } from './join.ts';
import type { Connect } from './link.ts';
import type { Identity } from './reports.ts';

/** While this replica's id is registered at another address, or another one at its address, who answers there is asked this often; and so often it tries to register where that failed. */
const ASK_EVERY_MS = 5000;

export interface OwnRegistrationOptions {
  readonly store: Store;
  readonly time: Time;
  readonly log: Logger;
  readonly connect: Connect;
  readonly random: RandomBytes;
  readonly identity: () => Omit<Identity, 'clusterId'>;
  readonly name: string;
  /** Where browsers reach it. */
  readonly publicUrl: string;
  /** It was removed from the cluster, and serves nobody any more. */
  readonly onRemoved: () => void;
  /** This process cannot go on as it is, and has to be opened anew: its replica id is another process's too, or it is a member again after all. */
  readonly openAnew: () => void;
}

/** What the log says of this replica itself: makes it a member, and notices that it was removed, is a member again, or has an id that is another process's too. */
export class OwnRegistration {
  readonly #options: OwnRegistrationOptions;
  #isRemoved = false;
  #isClosed = false;
  /** What members had when this process had asked them; undefined before, and where none of them answered. */
  #atStart: VersionVector | undefined;
  #hasAsked = false;
  readonly #startedAtMs: number;
  #isWatching = false;
  #isAsking = false;
  #isComparing = false;
  #hasToldAgain = false;
  #hasToldOfOther = false;
  #cancel = () => {};

  constructor(options: OwnRegistrationOptions) {
    this.#options = options;
    this.#startedAtMs = options.time.wallMs();
  }

  /** It was removed while it ran. */
  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /** Makes this replica a member, or tells that its addresses have changed. */
  async register(): Promise<void> {
    const { store, name, publicUrl, identity } = this.#options;
    const { replicaId, address } = identity();
    const known = store.queries.replicas.members().find((row) => row.replicaId === replicaId);
    if (known?.address === address && known.publicUrl === publicUrl && known.name === name) return;
    await store.write((tx) => tx.append(ChangeKind.CHANGE_KIND_REPLICA_REGISTERED, replicaId, ReplicaRegistered.encode({ address, publicUrl, name }).finish()));
  }

  /** Begins to look at what comes. */
  watch(): void {
    this.#isWatching = true;
    const isOfMembers = (kind: ChangeKind) => kind === ChangeKind.CHANGE_KIND_REPLICA_REMOVED || kind === ChangeKind.CHANGE_KIND_REPLICA_REGISTERED;
    this.#options.store.onCommit((changes) => {
      if (changes.some(({ header }) => isOfMembers(header.kind))) this.#look();
    });
  }

  /** The members were asked: `shown` is what they had; undefined: none of them answered. */
  started(shown: VersionVector | undefined): void {
    this.#hasAsked = true;
    this.#atStart = shown;
  }

  /**
   * Another process has this replica's id, and both were registered where they are: a copy was started while nobody answered where its file was registered.
   * The one that knows of the earlier registration takes a new id: the other one's is what the log will say.
   */
  async compareWithNamesake(address: string): Promise<void> {
    // Before it is registered where it is, its start finds out.
    if (!this.#isWatching || this.#isClosed || this.#isRemoved || this.#isComparing) return;
    const { store, connect, identity, time } = this.#options;
    this.#isComparing = true;
    const own = identity();
    const answer = await whoAnswersAt(address, { connect, identity: own });
    // It may call often.
    time.after(ASK_EVERY_MS, () => {
      this.#isComparing = false;
    });
    const registered = store.queries.replicas.registration(own.replicaId);
    if (!registered || !answer?.registered || answer.replicaId !== own.replicaId || answer.process === identity().process) return;
    if (compareStamps(registered, answer.registered) < 0) await this.#takeNewId(address);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #look(): void {
    if (this.#isClosed) return;
    const { queries } = this.#options.store;
    const { replicaId, address } = this.#options.identity();
    const removal = queries.replicas.removal(replicaId);
    if (this.#isRemoved) {
      if (!removal) this.#returnToMembers();
      return;
    }
    if (removal && this.#isOfWhileItRan(removal)) this.#remove();
    // It was started after that: who starts a removed replica wants it to be a member [D1].
    else if (removal) this.#registerAgain();
    else if (queries.replicas.registration(replicaId)?.address !== address) void this.#askElsewhere();
    else if (!this.#isMember()) void this.#askHere();
  }

  /**
   * A removal that members did not have when they were asked was written while this process ran. Where none of them answered only the clocks tell, and they may
   * be wrong: at worst an operator starts this replica, or removes it, once more.
   */
  #isOfWhileItRan({ hlc, origin, seq }: RemovedRow): boolean {
    if (!this.#hasAsked) return false;
    return this.#atStart ? this.#atStart.seq(origin) < seq : wallMsOf(hlc) >= this.#startedAtMs;
  }

  /** It does not register by itself again: whoever removed a replica that runs would not expect that. */
  #remove(): void {
    this.#isRemoved = true;
    this.#options.log.error({ alarm: 'removed' }, 'this replica was removed from the cluster: it serves nobody any more. Start it again to make it a member again, or end it');
    this.#options.onRemoved();
  }

  /**
   * It registered again after the removal, and lost that with its disk or memory: the others count it and wait for it, so it has to
   * serve again.
   */
  #returnToMembers(): void {
    const { log, time, openAnew } = this.#options;
    this.#isClosed = true;
    log.warn('this replica had registered again after it was removed: it is opened anew, as a member');
    // Not within the commit that told.
    this.#cancel = time.after(0, openAnew);
  }

  /**
   * The replica was registered elsewhere: by a process on a copy of its file, or by an earlier one of its own whose change comes
   * only now. Whoever answers there as this replica decides. Where nobody does, this one tells its address again, once: a second
   * process that cannot be reached from here may do the same.
   */
  async #askElsewhere(): Promise<void> {
    if (this.#isAsking) return;
    const { store, connect, identity, time } = this.#options;
    this.#isAsking = true;
    const isDoubled = await isCopy({ store, connect, identity: identity() });
    this.#isAsking = false;
    const { replicaId, address } = identity();
    const registered = store.queries.replicas.registration(replicaId);
    if (this.#isClosed || this.#isRemoved || !registered || registered.address === address) return;
    if (isDoubled) await this.#takeNewId(registered.address);
    if (this.#isClosed) return;
    if (!isDoubled && !this.#hasToldAgain) this.#registerAgain();
    this.#hasToldAgain ||= !isDoubled;
    this.#cancel();
    this.#cancel = time.after(ASK_EVERY_MS, () => this.#look());
  }

  async #takeNewId(registered: string): Promise<void> {
    if (this.#isClosed || this.#isRemoved) return;
    const { store, random, log, openAnew } = this.#options;
    this.#isClosed = true;
    try {
      await store.setLocal('replica_id', randomId(random));
    } catch (error) {
      log.error({ err: error }, 'another process has this replica id, and no new one could be stored; it is tried again');
      this.#isClosed = false;
      return;
    }
    log.error({ alarm: 'doubled', registered }, 'another process runs on a copy of this database, under the same replica id: this one goes on under a new id');
    openAnew();
  }

  /**
   * Another replica registered for this one's address, and later: its machine was rebuilt, and has its older disk again; or both were
   * told one address. Whoever answers there is the member, and where nobody does, this one tells so once.
   */
  async #askHere(): Promise<void> {
    if (this.#isAsking) return;
    const { connect, identity, log, time } = this.#options;
    const own = identity();
    this.#isAsking = true;
    const answer = await whoAnswersAt(own.address, { connect, identity: own });
    this.#isAsking = false;
    if (this.#isClosed || this.#isRemoved || this.#isMember()) return;
    const isOther = answer !== undefined && answer.replicaId !== own.replicaId;
    if (isOther && !this.#hasToldOfOther) log.error({ address: own.address }, 'another replica answers at the address that this one was told to be reached at: this one is no member; correct --advertise');
    if (!isOther && (answer || !this.#hasToldAgain)) this.#registerAgain();
    this.#hasToldOfOther = isOther;
    this.#hasToldAgain ||= !answer;
    this.#cancel();
    this.#cancel = time.after(ASK_EVERY_MS, () => this.#look());
  }

  #isMember(): boolean {
    const { replicaId } = this.#options.identity();
    return this.#options.store.queries.replicas.members().some((row) => row.replicaId === replicaId);
  }

  /** A disk that is full now may have room later. */
  #registerAgain(): void {
    const { log, time } = this.#options;
    this.register().catch((error: unknown) => {
      log.error({ err: error }, 'this replica could not register; it tries again');
      if (this.#isClosed) return;
      // Nobody was told.
      this.#hasToldAgain = false;
      this.#cancel();
      this.#cancel = time.after(ASK_EVERY_MS, () => this.#look());
    });
  }
}
