import type { Replica } from '@parley/proto/chat';
import type { ServerMove, ServerView } from './api.ts';
import { type Clock, elapsed } from './clock.ts';
import { answered, choose, deadlineMs, type Endpoint, failed, forgiven, isAvailable, newEndpoint } from './endpoints.ts';
import type { Random } from './random.ts';
import { type Aside, type Report, reportOf, type Server, type Source, viewOf } from './server.ts';

const MOST_MOVES = 20;

/** `server10` comes after `server9`. Made once: `localeCompare` makes one for each comparison. */
const byName = new Intl.Collator(undefined, { numeric: true });

/** The servers: which there are, how they do, which one is in use. It makes no calls; whoever makes some tells it what came of them. */
export class Servers {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #servers = new Map<string, Server>();
  /** Those that were given, and then removed from the cluster. */
  readonly #removed = new Map<string, Source>();
  readonly #listeners = new Set<() => void>();
  #moves: readonly ServerMove[] = [];
  #inUse: string | undefined;
  /** Monotonic time of the first failure of the server in use. */
  #failingSince: number | undefined;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  get inUse(): string | undefined {
    return this.#inUse;
  }

  get moves(): readonly ServerMove[] {
    return this.#moves;
  }

  /** Takes the moves that were kept from before. */
  recallMoves(moves: readonly ServerMove[]): void {
    this.#moves = [...this.#moves, ...moves].slice(0, MOST_MOVES);
    this.#emit();
  }

  get(address: string): Server | undefined {
    return this.#servers.get(address);
  }

  all(): readonly Server[] {
    return [...this.#servers.values()];
  }

  views(): ServerView[] {
    const now = this.#clock.now();
    return this.all().map((server) => viewOf(server, this.isUsable(server.endpoint.address) && server.endpoint.address === this.#inUse, now))
      .sort((a, b) => byName.compare(a.name, b.name));
  }

  /** The names of the servers whose replica ids begin so, in the order of the list; undefined where not each is known. */
  namesOf(starts: readonly string[]): readonly string[] | undefined {
    const names = starts.map((start) => this.all().find(({ replicaId }) => replicaId?.startsWith(start))?.name);
    return names.every((name) => name !== undefined) ? names.sort(byName.compare) : undefined;
  }

  add(address: string, source: Source, known: { readonly name?: string; readonly replicaId?: string } = {}): void {
    const held = this.#servers.get(address);
    if (held && (held.source !== 'learnt' || source === 'learnt')) return;
    const server = held ?? {
      endpoint: newEndpoint(address), standing: 'unknown', aside: undefined, replicaId: known.replicaId, name: known.name, version: undefined,
      answeredAt: undefined, failedAt: undefined, report: undefined,
    };
    this.#servers.set(address, { ...server, source });
    this.#emit();
  }

  /** It answers and serves: calls may stay with it. */
  isUsable(address: string | undefined): address is string {
    const server = address === undefined ? undefined : this.#servers.get(address);
    return server !== undefined && server.standing !== 'foreign' && server.aside === undefined && server.endpoint.failures === 0;
  }

  /** Which server next; undefined: none can be tried now. */
  pick(exclude: ReadonlySet<string> = new Set()): string | undefined {
    const endpoints = this.#candidates();
    const usable = this.isUsable(this.#inUse) ? this.#inUse : undefined;
    return choose(endpoints, usable, exclude, elapsed(this.#clock), this.#random)?.address;
  }

  /** All that can be tried now. */
  available(): string[] {
    const now = elapsed(this.#clock);
    return this.#candidates().filter((endpoint) => isAvailable(endpoint, now)).map((endpoint) => endpoint.address);
  }

  /** Until a server that cannot be tried now can be: milliseconds; undefined: there is none. */
  nextRetryMs(): number | undefined {
    const now = elapsed(this.#clock);
    const waits = this.#candidates().map((endpoint) => endpoint.retryAt - now).filter((wait) => wait > 0);
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  /** How long a call on it may take. */
  deadlineMs(address: string): number {
    return deadlineMs(this.#servers.get(address)?.endpoint);
  }

  /** Wall time of the last answer of any server. */
  lastContactAt(): number | undefined {
    const times = this.all().map((server) => server.answeredAt ?? -Infinity);
    const last = Math.max(-Infinity, ...times);
    return last === -Infinity ? undefined : last;
  }

  answered(address: string, roundTripMs?: number): void {
    const server = this.#servers.get(address);
    if (!server) return;
    server.endpoint = answered(server.endpoint, roundTripMs);
    server.aside = undefined;
    server.answeredAt = this.#clock.now();
    if (address === this.#inUse) this.#failingSince = undefined;
    this.#emit();
  }

  failed(address: string): void {
    this.#turnAway(address, undefined);
  }

  /** It lives, but said that it serves nobody now. */
  stepAside(address: string, aside: Aside): void {
    this.#turnAway(address, aside);
  }

  #turnAway(address: string, aside: Aside | undefined): void {
    const server = this.#servers.get(address);
    if (!server) return;
    server.endpoint = failed(server.endpoint, elapsed(this.#clock), this.#random);
    server.aside = aside;
    if (aside) server.answeredAt = this.#clock.now();
    else server.failedAt = this.#clock.now();
    // What answers at the address next may be another server, unless this one is just starting.
    if (aside !== 'starting' && server.standing === 'ours') server.standing = 'unknown';
    if (address === this.#inUse) this.#failingSince ??= elapsed(this.#clock);
    if (this.all().every((one) => one.endpoint.failures > 0 || one.standing === 'foreign')) this.#recallRemoved();
    this.#emit();
  }

  /** All that are waited for may be tried at once. */
  retryNow(): void {
    for (const server of this.#servers.values()) server.endpoint = forgiven(server.endpoint);
    this.#emit();
  }

  /** `address` has answered: calls and the stream go there from now on. */
  use(address: string): void {
    if (address === this.#inUse) return;
    const from = this.#inUse === undefined ? undefined : this.#servers.get(this.#inUse);
    if (from) {
      const tookMs = elapsed(this.#clock) - (this.#failingSince ?? elapsed(this.#clock));
      const cause = from.aside ? 'aside' : 'silent';
      const move: ServerMove = { at: this.#clock.now(), from: this.#nameOf(from.endpoint.address), to: this.#nameOf(address), tookMs, cause };
      this.#moves = [move, ...this.#moves].slice(0, MOST_MOVES);
    }
    this.#inUse = address;
    this.#failingSince = undefined;
    this.#emit();
  }

  setStanding(address: string, standing: 'ours' | 'foreign'): void {
    const server = this.#servers.get(address);
    if (server) server.standing = standing;
  }

  /** What `from` says about itself; two addresses of one replica are one server. */
  introduce(from: string, self: Replica, version: string): void {
    const server = this.#servers.get(from);
    if (!server) return;
    server.replicaId = self.replicaId;
    server.name = self.name;
    server.version = version;
    for (const [address, other] of this.#servers) {
      if (address !== from && other.replicaId === self.replicaId && other.source === 'learnt' && address !== this.#inUse) this.#servers.delete(address);
    }
    this.#emit();
  }

  /** The cluster as the server in use sees it: what each replica does, who joined, who is gone. */
  report(replicas: readonly { readonly replica: Replica; readonly address: string | undefined }[]): void {
    const at = this.#clock.now();
    for (const { replica, address } of replicas) this.learn(replica, address, reportOf(replica, at));
    const listed = new Set(replicas.map(({ replica }) => replica.replicaId));
    for (const [address, server] of this.#servers) {
      const gone = server.replicaId === undefined || !listed.has(server.replicaId);
      if (gone && server.source === 'learnt' && address !== this.#inUse) this.#servers.delete(address);
    }
    this.#emit();
  }

  /** A replica of the cluster, at `address` if this transport can reach it. */
  learn(replica: Replica, address: string | undefined, report?: Report): void {
    const held = this.all().find((server) => server.replicaId === replica.replicaId) ?? (address === undefined ? undefined : this.#servers.get(address));
    const moved = held?.source === 'learnt' && address !== undefined && held.endpoint.address !== address && held.endpoint.address !== this.#inUse;
    if (held && moved) this.#servers.delete(held.endpoint.address);
    if (address !== undefined && (!held || moved)) this.add(address, 'learnt');
    const server = held && !moved ? held : address === undefined ? undefined : this.#servers.get(address);
    if (!server) return;
    server.replicaId = replica.replicaId;
    server.name = replica.name;
    if (report) server.report = report;
    this.#emit();
  }

  /**
   * A replica was removed from the cluster: it is forgotten, however it came to be known. The one in use goes with the move to
   * another one, which `report` sees to. One that was given is tried again when no other is to be had: it may be a member again by then.
   */
  removed(replicaId: string): void {
    for (const [address, server] of this.#servers) {
      if (server.replicaId !== replicaId) continue;
      if (server.source !== 'learnt') this.#removed.set(address, server.source);
      if (address !== this.#inUse) this.#servers.delete(address);
      else if (server.source !== 'learnt') this.#servers.set(address, { ...server, source: 'learnt' });
    }
    this.#emit();
  }

  /** Forgets what was only learnt, which cluster the others belong to, and the moves. */
  forgetLearnt(): void {
    this.#recallRemoved();
    for (const [address, server] of this.#servers) {
      if (server.source === 'learnt') this.#servers.delete(address);
      else server.standing = 'unknown';
    }
    if (this.#inUse !== undefined && !this.#servers.has(this.#inUse)) this.#inUse = undefined;
    this.#moves = [];
    this.#emit();
  }

  #recallRemoved(): void {
    for (const [address, source] of this.#removed) {
      this.#removed.delete(address);
      this.add(address, source);
    }
  }

  #candidates(): Endpoint[] {
    return this.all().filter((server) => server.standing !== 'foreign').map((server) => server.endpoint);
  }

  #nameOf(address: string): string {
    return this.#servers.get(address)?.name ?? address;
  }

  #emit(): void {
    for (const listener of this.#listeners) listener();
  }
}
