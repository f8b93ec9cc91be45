import { ChatServiceDefinition, type SubscribeResponse, SubscribeResponse as SubscribeResponses } from '@parley/proto/chat';
import type { Metadata } from '@grpc/grpc-js';
import { toServiceError } from '../src/errors.ts';
import type { CallContext } from '../src/grpc/handlers.ts';
import { Replica } from '../src/replica.ts';
import { ClusterSecrets } from '../src/replication/proof.ts';
import { decodeStored } from '../src/store/change.ts';
import { Store } from '../src/store/store.ts';
import { Refusal } from '../src/errors.ts';
import type { Party } from './calls.ts';
import type { Chance } from './chance.ts';
import type { ChatCall, ChatTarget } from './chat-transport.ts';
import { Disk } from './disk.ts';
import { peerLinks, type PeerMethod, peerMessages, type PeerTarget } from './peer-links.ts';
import { ProcessTime, type WallClock } from './process-time.ts';
import { silentLogger } from './silent-logger.ts';
import type { World } from './world.ts';

const SECRETS = new ClusterSecrets('the secret of the simulated cluster, long enough');
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
}

type UnaryHandler = (request: unknown, call: CallContext) => Promise<unknown>;

/** A machine: its disk and clock, and the real Replica that runs on it, or not. */
export class Machine implements PeerTarget, ChatTarget {
  readonly name: string;
  readonly address: string;
  readonly url: string;
  readonly clock: WallClock = { shiftMs: 0 };
  readonly disk: Disk;
  readonly backups: Buffer[] = [];
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
  }

  party(): Running | undefined {
    return this.running;
  }

  /** Serves people. */
  get isServing(): boolean {
    return this.running?.replica.serving !== undefined;
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
      connect: peerLinks(network, party, (address) => this.#world.machineAt(address)),
      secrets: SECRETS,
      passwords: PASSWORDS,
      name: this.name,
      address: this.address,
      publicUrl: this.url,
      seeds: this.#seeds.filter((seed) => seed !== this.address),
      isFirst: false,
      wasDamaged: false,
      ackTimeoutMs: undefined,
      waitFor: undefined,
      onRemoved: () => {},
      onDoubled: () => this.#giveUp(running, 'doubled'),
    });
    const running: Running = { name: this.name, time, store, replica, process: () => process };
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

  async answerPeer(method: PeerMethod, bytes: Uint8Array): Promise<Uint8Array> {
    const { running } = this;
    if (!running) throw new Error('nothing runs here');
    const messages = peerMessages(method);
    try {
      const handler = running.replica.replicationHandlers[method] as UnaryHandler;
      return messages.response.encode(await handler(messages.request.decode(bytes), NO_CALL)).finish();
    } catch (error) {
      throw this.#refusal(error, `peer ${method}`, 'parley.replication');
    }
  }

  async answerChat(name: string, bytes: Uint8Array, call: ChatCall): Promise<Uint8Array> {
    const { running } = this;
    try {
      if (!running?.replica.serving) throw new Refusal('STARTING', 'starting');
      const { chat, sessions } = running.replica.serving;
      const method = (name.charAt(0).toLowerCase() + name.slice(1)) as Exclude<keyof typeof ChatServiceDefinition.methods, 'subscribe'>;
      const { requestType, responseType } = ChatServiceDefinition.methods[method];
      const context = contextOf(call, running.time);
      const request = requestType.decode(bytes);
      this.#world.trace.say(() => `${this.name} is asked ${name} by ${token(call.token)}`);
      const response = await (chat[method] as UnaryHandler)(request, context);
      this.#world.trace.say(() => `${this.name} answers ${name} to ${token(call.token)}: ${JSON.stringify(response, (key, value: unknown) => (key === 'seen' ? undefined : value))}`);
      if (running.time.isAlive) this.#world.checks.answered(this, method, request, response as object, () => sessions.signed(context).accountId);
      return (responseType as { encode(message: unknown): { finish(): Uint8Array } }).encode(response).finish();
    } catch (error) {
      throw this.#refusal(error, name, 'parley.chat');
    }
  }

  async stream(bytes: Uint8Array, call: ChatCall, send: (bytes: Uint8Array) => void): Promise<void> {
    const { running } = this;
    try {
      if (!running?.replica.serving) throw new Refusal('STARTING', 'starting');
      const request = ChatServiceDefinition.methods.subscribe.requestType.decode(bytes);
      await running.replica.serving.chat.subscribe(request, contextOf(call, running.time), (event: SubscribeResponse) => {
        this.#world.trace.say(() => `${this.name} streams to ${token(call.token)}: ${describe(event)}`);
        if (event.event?.$case === 'reload') this.#world.counters.count(request.resume.length > 0 ? 'stream: reload of a cursor' : 'stream: first load');
        send(SubscribeResponses.encode(event).finish());
        return Promise.resolve();
      });
    } catch (error) {
      throw this.#refusal(error, 'Subscribe', 'parley.chat');
    }
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

  #refusal(error: unknown, method: string, domain: 'parley.chat' | 'parley.replication'): Error {
    const refused = toServiceError(error, domain);
    const reason = error instanceof Refusal ? error.reason : refused.code === 14 ? 'STORAGE_FAILED' : `unexpected: ${String(error)}`;
    this.#world.counters.count(`refused: ${reason}`);
    this.#world.trace.say(() => `${this.name} refuses ${method}: ${reason}`);
    if (reason.startsWith('unexpected') && domain === 'parley.chat' && this.running?.time.isAlive) this.#world.fail(`${method} failed at ${this.name}: ${error instanceof Error ? error.stack : String(error)}`);
    return refused;
  }
}

/** Tells one session from another in a trace. */
function token(text: string | undefined): string {
  return text === undefined ? 'nobody' : text.slice(-4);
}

function describe({ event }: SubscribeResponse): string {
  if (event?.$case !== 'delta') return event?.$case ?? 'nothing';
  return event.value.updates.map(({ update }) => `${update?.$case} ${update?.$case === 'message' ? update.value.messageId : ''}`).join(', ');
}

function contextOf({ token, withinMs, signal }: ChatCall, time: ProcessTime): CallContext {
  const metadata = { get: (name: string) => (name === 'authorization' && token !== undefined ? [`Bearer ${token}`] : []) };
  return { metadata: metadata as unknown as Metadata, deadlineMs: time.wallMs() + withinMs, from: 'client', signal };
}

const NO_CALL: CallContext = contextOf({ token: undefined, withinMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal }, { wallMs: () => 0 } as ProcessTime);
