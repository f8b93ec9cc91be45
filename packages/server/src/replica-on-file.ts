import { systemRandom } from './random.ts';
import { Replica, type ReplicaOptions } from './replica.ts';
import { CopyDesk } from './replication/copy-desk.ts';
import { COPY_ABOVE_CHANGES, fetchCopy, MAX_COPY_ROUNDS } from './replication/fetch-copy.ts';
import type { LargeCluster } from './replication/join.ts';
import { Background, type StartWorker } from './store/background.ts';
import { wasSetAside } from './store/damage.ts';
import { openDatabase } from './store/database.ts';
import { MIGRATIONS } from './store/schema.ts';
import { Store } from './store/store.ts';
import { flushing } from './store/flushing.ts';
import { checkRoom } from './store/spare-room.ts';
import { removeTemporaryFile, temporaryFile } from './store/temporary-files.ts';

export interface ReplicaOnFileOptions extends Omit<ReplicaOptions, 'store' | 'copies' | 'prove' | 'random' | 'wasDamaged'> {
  readonly dbFile: string;
  /** See OpenOptions. */
  readonly onDamage: (reason: string) => void;
  readonly startWorker: StartWorker;
  /** With a donor that has more changes than this, its file is copied first; normally COPY_ABOVE_CHANGES. */
  readonly copyAboveChanges: number | undefined;
}

/** A replica, its file, and what is done with the file as a whole: hand it out to joiners, and put a donor's in its place. */
export class ReplicaOnFile {
  readonly #options: ReplicaOnFileOptions;
  readonly #background: Background;
  readonly #copies: CopyDesk;
  #store: Store;
  #replica: Replica;
  #isClosed = false;

  /** Opens the file. Throws UnusableDatabase. */
  constructor(options: ReplicaOnFileOptions) {
    this.#options = options;
    const { dbFile, time, log } = options;
    this.#background = new Background(options.startWorker);
    this.#copies = new CopyDesk({
      dbFile,
      file: temporaryFile(dbFile, 'copy'),
      make: (from, to) => flushing(to, this.#background.run({ kind: 'copy', from, to })),
      time,
      random: systemRandom,
      log,
    });
    [this.#store, this.#replica] = this.#open();
  }

  /** Another one once a donor's file was copied. */
  get store(): Store {
    return this.#store;
  }

  /** Another one once a donor's file was copied. */
  get replica(): Replica {
    return this.#replica;
  }

  /** Joins where that is needed, by a donor's file where there is much to copy, and opens for people. Resolves when it serves, or is closed. Throws CannotJoin. */
  async serve(): Promise<void> {
    const { copyAboveChanges = COPY_ABOVE_CHANGES } = this.#options;
    for (let round = 0; ; round++) {
      const cluster = await this.#replica.serve(round < MAX_COPY_ROUNDS ? copyAboveChanges : Number.POSITIVE_INFINITY);
      if (!cluster) return;
      await this.#copyFrom(cluster);
    }
  }

  /** Opens the file anew: the replica on it has to be another one now. Whoever is served moves on; serve() has to be called again. */
  openAnew(): void {
    this.#replica.drain();
    this.#reopen();
  }

  /** Tells streams and peers that it is going. */
  drain(): void {
    this.#isClosed = true;
    this.#replica.drain();
  }

  /** Lets all waiting go, ends what runs in the background, and closes the file. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#replica.close();
    this.#copies.close();
    await this.#background.close();
    this.#store.close();
  }

  /** Opens the file, or `copy` in its place. */
  #open(copy?: string): [Store, Replica] {
    const { dbFile, time, log, onDamage } = this.#options;
    const store = new Store({ databases: openDatabase(dbFile, { onDamage, copy }), time });
    if (store.newKinds && store.newKinds.changes > 0) log.info(store.newKinds, 'merged what an older version had kept without knowing it');
    const prove: ReplicaOptions['prove'] = async (at) => {
      await checkRoom(dbFile);
      return this.#background.run({ kind: 'prove', file: dbFile, scratch: temporaryFile(dbFile, 'scratch'), at });
    };
    return [store, new Replica({ ...this.#options, wasDamaged: wasSetAside(dbFile), store, random: systemRandom, copies: this.#copies, prove })];
  }

  /** Puts the copy of a donor's file in the place of the empty one. Where no donor gives one, nothing changes. */
  async #copyFrom({ clusterId, donors }: LargeCluster): Promise<void> {
    const { dbFile, connect, time, log } = this.#options;
    const file = temporaryFile(dbFile, 'joining');
    if (!(await fetchCopy({ connect, time, log, clusterId, donors, file, knownSchema: MIGRATIONS.length, isClosed: () => this.#isClosed }))) return;
    if (this.#isClosed) {
      removeTemporaryFile(file);
      return;
    }
    this.#reopen(file);
  }

  #reopen(copy?: string): void {
    this.#replica.close();
    this.#store.close();
    [this.#store, this.#replica] = this.#open(copy);
  }
}
