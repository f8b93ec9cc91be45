import type { CallContext } from '../src/grpc/handlers.ts';
import { Replica } from '../src/replica.ts';
import { ClusterSecrets, madeOf, makeProof, proofChecker } from '../src/replication/proof.ts';
import { decodeStored } from '../src/store/change.ts';
import { Store } from '../src/store/store.ts';
import type { Party } from './calls.ts';
import type { Chance } from './chance.ts';
import { Disk } from './disk.ts';
import { peerLinks } from './peer-links.ts';
import { ProcessTime, type WallClock } from './process-time.ts';
import { Services } from './services.ts';
import { silentLogger } from './silent-logger.ts';
import type { World } from './world.ts';

/** A process that gave up is started again after this, as a supervisor does. */
const RESTART_MS = 1000;
/** From a signal to the end of a process that shuts down. */
const SHUTDOWN_MS = 300;
/** A process number is made of so many random bytes, and nothing else of a replica is. */
const PROCESS_BYTES = 6;
/** A commit on a good disk. */
const MAX_COMMIT_MS = 2;

/** Passwords whose hash is themselves: argon2id would take longer than the whole run. */
const PASSWORDS = {
  hash: (_: CallContext, password: string) => Promise.resolve(`plain:${password}`),
  isRight: (_: CallContext, passwordHash: string | undefined, password: string) => Promise.resolve(passwordHash === `plain:${password}`),
};

/** A machine's disk at some moment, and what the process had in memory that then ran. */
export interface Backup {
  readonly image: Buffer;
  /** Undefined where no process ran that had written. */
  readonly memory: { readonly origin: number | undefined; readonly version: number; readonly process: Uint8Array } | undefined;
}

/** A process that runs on a machine. */
export interface Running extends Party {
  readonly store: Store;
  readonly replica: Replica;
  /** The random bytes that its process number was made of. */
  readonly process: () => Uint8Array;
  /** Does a call prove the cluster's secret? */
  readonly isProof: (proof: string) => boolean;
}

/** A machine: its disk and clock, and the real Replica that runs on it, or not. */
export class Machine {
  readonly name: string;
  readonly address: string;
  readonly url: string;
  readonly clock: WallClock = { shiftMs: 0 };
  readonly disk: Disk;
  readonly backups: Buffer[] = [];
  /** The cluster's secret, as its file here has it. */
  readonly secrets: ClusterSecrets;
  readonly services: Services;
  running: Running | undefined;
  /** Added to each commit. */
  slowDiskMs = 0;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #seeds: readonly string[];
  #starts = 0;

  constructor(world: World, name: string, seeds: readonly string[]) {
    this.#world = world;
    this.name = name;
    this.address = `${name}:1`;
    this.url = `http://${name}`;
    this.#seeds = seeds;
    this.#chance = world.chance.split(`machine ${name}`);
    this.disk = new Disk(() => world.timeline.nowMs);
    this.secrets = new ClusterSecrets(world.secretText);
    this.services = new Services(world, this);
  }

  /** Serves people. */
  get isServing(): boolean {
    return this.running?.replica.serving !== undefined;
  }

  /** It was removed from the cluster and knows it. */
  get isRemoved(): boolean {
    return this.running?.replica.isRemoved ?? false;
  }

  /** The id under which its disk is a replica; undefined before its first start. */
  get replicaId(): string | undefined {
    return this.disk.connection().prepare<[], { value: string }>("SELECT value FROM local WHERE name = 'replica_id'").get()?.value;
  }

  backUp(): Backup {
    const { running } = this;
    return { image: this.disk.survives(), memory: running && { origin: running.store.origin, version: running.store.version, process: running.process() } };
  }

  /** The whole machine, disk and memory, is put back to an earlier state while it runs: it goes on as the process that ran then. */
  putBack(backup: Backup): void {
    this.#world.counters.count('machine put back while it ran');
    this.#world.trace.say(() => `${this.name} is put back`);
    this.crash();
    this.#world.checks.hasForks = true;
    this.replaceDisk(backup.image);
    this.start(backup.memory);
  }

  /** Starts a new process on what the disk has; or one that goes on with what it had in memory. */
  start(memory?: Backup['memory']): void {
    if (this.running) return;
    const { timeline, network, counters, trace, checks } = this.#world;
    const time = new ProcessTime(timeline, this.clock);
    const chance = this.#chance.split(this.#starts++);
    const diskChance = chance.split('disk');
    const ids = chance.split('ids');
    const log = silentLogger(this.name, counters, trace);
    let process = new Uint8Array();
    const store = new Store({
      databases: this.disk.open(),
      time,
      ...(memory && { resume: memory }),
      random: (size) => ids.bytes(size),
      schedule: (flush) => void time.exactly(diskChance.between(0.1, MAX_COMMIT_MS) + this.slowDiskMs, flush),
    });
    const party = { name: this.name, time };
    const proofs = { present: madeOf(this.secrets, () => makeProof(this.secrets)), refused: (address: string) => this.#world.fail(`${address} refuses the proof that ${this.name} has to give`) };
    const replica = new Replica({
      store,
      time,
      random: (size) => {
        const isProcess = size === PROCESS_BYTES;
        const bytes = isProcess && process.length === 0 && memory ? memory.process : ids.bytes(size);
        if (isProcess) process = new Uint8Array(bytes);
        return bytes;
      },
      log,
      connect: peerLinks(network, party, proofs, (address) => this.#world.machineAt(address)?.services),
      secrets: this.secrets,
      passwords: PASSWORDS,
      name: this.name,
      address: this.address,
      publicUrl: this.url,
      seeds: this.#seeds.filter((seed) => seed !== this.address),
      isFirst: false,
      wasDamaged: false,
      ackTimeoutMs: undefined,
      waitFor: this.#world.waitFor,
      onRemoved: () => {},
      openAnew: () => this.#giveUp(running, 'it has to be opened anew'),
    });
    const running: Running = { name: this.name, time, store, replica, process: () => process, isProof: proofChecker(this.secrets) };
    this.running = running;
    trace.say(() => `${this.name} starts`);
    checks.opened(this, running);
    replica.serve().catch((error: unknown) => this.#giveUp(running, String(error)));
  }

  /** The process is killed, or the power fails. */
  crash(): void {
    if (!this.running) return;
    this.#world.trace.say(() => `${this.name} crashes`);
    this.running.time.end();
    this.running = undefined;
    this.disk.crash();
  }

  /** Ends the process, if one runs, and starts another one. */
  restart(): void {
    this.crash();
    this.start();
  }

  /** The disk is another one, empty or of an earlier time; no process runs. */
  replaceDisk(image: Buffer | undefined): void {
    this.#world.counters.count(image ? 'disk restored from a backup' : 'disk burnt');
    this.#world.trace.say(() => `${this.name} has another disk: ${image ? 'a backup' : 'empty'}`);
    this.disk.restore(image);
    this.#world.checks.diskReplaced(this, this.disk.connection().prepare<[], { change: Buffer }>('SELECT change FROM changes').all().map(({ change }) => decodeStored(change).header));
  }

  /** The process is told to end. */
  shutDown(): void {
    const { running } = this;
    if (!running) return;
    this.#world.trace.say(() => `${this.name} shuts down`);
    running.replica.drain();
    this.#world.timeline.after(SHUTDOWN_MS, () => {
      if (this.running !== running) return;
      running.replica.close();
      // What closing lets go is answered by promises, before the process ends.
      this.#world.timeline.after(0, () => this.running === running && this.crash());
    });
  }

  #giveUp(running: Running, why: string): void {
    if (this.running !== running) return;
    this.#world.counters.count(`process gave up: ${why.slice(0, 60)}`);
    this.#world.timeline.after(0, () => {
      if (this.running !== running) return;
      this.crash();
      this.#world.timeline.after(RESTART_MS, () => this.start());
    });
  }
}
