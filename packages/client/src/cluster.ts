import { ChatServiceDefinition, type GetClusterResponse, type Replica } from '@parley/proto/chat';
import type { Attempts } from './attempts.ts';
import { type Clock, elapsed } from './clock.ts';
import { CallError, GrpcCode } from './failure.ts';
import { Pause } from './pause.ts';
import type { Random } from './random.ts';
import type { Servers } from './servers.ts';
import type { Transport } from './transport.ts';

const { getCluster } = ChatServiceDefinition.methods;

/** A joined or removed replica is known within this. */
const POLL_MS = 5_000;

/** More than there are servers. */
const FIRST_TURNS = 1_000;

/**
 * Servers that answer a probe so soon after the first one count as equal: among them chance decides, so that clients spread. By half again where the first took
 * long itself: many that probe at once make each other wait, and who is first then says nothing.
 */
const EQUAL_ANSWER_MS = 10;
const EQUAL_ANSWER_FACTOR = 0.5;

/** Nothing to try and no server in backoff: there are no servers at all, or all are another cluster's. */
const NOTHING_TO_TRY_MS = 1_000;

export interface ClusterOptions {
  readonly attempts: Attempts;
  readonly servers: Servers;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the client is closed. */
  readonly closing: AbortSignal;
  /** The given servers belong to another cluster than before: nothing that was kept is worth anything. */
  readonly replaced: () => void;
}

/** Asks servers which cluster they are and how it does; finds one that answers. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #pause: Pause;
  readonly #asking = new Map<string, Promise<GetClusterResponse>>();
  #reaching: Promise<string | undefined> | undefined;
  #clusterId: string | undefined;
  /** A server of this run has said the id; what was kept from before may be outdated. */
  #confirmed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
  }

  /** The cluster's id as kept from before; undefined: not known. */
  recall(clusterId: string | undefined): void {
    this.#clusterId ??= clusterId;
  }

  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  /**
   * Asks every 5 s the server in use; of the others those that had failed, so that one that comes back is seen at once, and one more in
   * turn, so that its round trip is known when it is needed.
   */
  async poll(): Promise<void> {
    const { clock, closing, random, servers } = this.#options;
    const pause = new Pause(clock);
    // Clients that began together know different others when their server dies, and so do not all rush to the same one.
    for (let turn = Math.floor(random.fraction() * FIRST_TURNS); ; turn++) {
      const address = await this.reach();
      if (address === undefined) return;
      const others = servers.available().filter((other) => other !== address);
      const asked = others.filter((other, index) => !servers.isUsable(other) || index === turn % others.length);
      const [own] = await Promise.allSettled([address, ...asked].map((each) => this.ask(each)));
      // One that failed is replaced at once, not at the next turn.
      if (own?.status === 'fulfilled') await pause.wait(POLL_MS, closing);
    }
  }

  /** Tries those that are waited for at once. */
  wake(): void {
    this.#options.servers.retryNow();
    this.#pause.wake();
  }

  /** The server in use if it does well, else the first that answers, which is in use then. Waits as long as none does; undefined when the client is closed. */
  reach(): Promise<string | undefined> {
    this.#reaching ??= this.#reach().finally(() => {
      this.#reaching = undefined;
    });
    return this.#reaching;
  }

  /** Makes sure that a server belongs to this cluster before it gets anything secret. Rejects with a CallError. */
  async trust(address: string): Promise<void> {
    if (this.#options.servers.get(address)?.standing !== 'ours') await this.ask(address);
  }

  /** GetCluster on one server. Rejects with a CallError, also if it is of another cluster. */
  ask(address: string): Promise<GetClusterResponse> {
    const asking = this.#asking.get(address) ?? this.#ask(address).finally(() => this.#asking.delete(address));
    this.#asking.set(address, asking);
    return asking;
  }

  /** A replica joined, moved, or was removed, as the stream tells. */
  learn(replica: Replica): void {
    if (replica.removed) this.#options.servers.removed(replica.replicaId);
    else this.#options.servers.learn(replica, this.#options.transport.addressOf(replica));
  }

  async #ask(address: string): Promise<GetClusterResponse> {
    const { attempts, servers, transport } = this.#options;
    const reply = await attempts.once(address, getCluster, getCluster.requestType.create(), { measure: true });
    this.#identify(address, reply.clusterId);
    const self = reply.replicas.find((replica) => replica.self);
    if (self) servers.introduce(address, self, reply.serverVersion);
    if (address === servers.inUse || servers.inUse === undefined) {
      for (const replicaId of reply.removedReplicaIds) servers.removed(replicaId);
      servers.report(reply.replicas.map((replica) => ({ replica, address: transport.addressOf(replica) })));
    }
    return reply;
  }

  /** The given servers are what people meant, so the first of them that answers decides; any other has to agree. */
  #identify(address: string, clusterId: string): void {
    const { servers, replaced } = this.#options;
    if (clusterId !== this.#clusterId) {
      const source = servers.get(address)?.source;
      if (this.#clusterId === undefined && source === 'learnt') throw new CallError(GrpcCode.UNAVAILABLE, `no server that was meant has said yet which cluster it is, and ${address} was not`);
      const decides = this.#clusterId === undefined || (!this.#confirmed && source === 'given');
      if (!decides) {
        servers.setStanding(address, 'foreign');
        throw new CallError(GrpcCode.UNAVAILABLE, `${address} belongs to another cluster`);
      }
      const before = this.#clusterId;
      this.#clusterId = clusterId;
      if (before !== undefined) replaced();
    }
    this.#confirmed = true;
    servers.setStanding(address, 'ours');
  }

  async #reach(): Promise<string | undefined> {
    const { closing, servers } = this.#options;
    while (!closing.aborted) {
      if (servers.isUsable(servers.inUse)) return servers.inUse;
      const found = await this.#probe();
      if (found !== undefined) {
        servers.use(found);
        return found;
      }
      await this.#pause.wait(servers.nextRetryMs() ?? NOTHING_TO_TRY_MS, closing);
    }
    return undefined;
  }

  /** Asks all that can be tried, at the same time. Resolves to one of the first that answer; undefined: none does. */
  #probe(): Promise<string | undefined> {
    const { clock, random, servers } = this.#options;
    const started = elapsed(clock);
    const addresses = servers.available();
    const answers: string[] = [];
    let waiting = addresses.length;
    return new Promise((resolve) => {
      const decide = (): void => resolve(answers[Math.floor(random.fraction() * answers.length)]);
      if (waiting === 0) return decide();
      const settled = (): void => {
        waiting -= 1;
        if (waiting === 0) decide();
      };
      for (const address of addresses) {
        this.ask(address).then(() => {
          if (answers.length === 0) clock.setTimeout(decide, Math.max(EQUAL_ANSWER_MS, EQUAL_ANSWER_FACTOR * (elapsed(clock) - started)));
          answers.push(address);
        }, () => undefined).finally(settled);
      }
    });
  }
}
