import { createHash } from 'node:crypto';
import { ChatServiceDefinition, type Message } from '@parley/proto/chat';
import type { ClientSnapshot, MessageView } from '../src/api.ts';
import type { Clock } from '../src/clock.ts';
import { ParleyClient } from '../src/client.ts';
import { MemoryStorage } from '../src/storages/memory.ts';
import { FakeCluster } from './fake-cluster.ts';
import { FakeRandom } from './fake-random.ts';
import type { FakeServer, FakeStream } from './fake-server.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface FixtureOptions {
  readonly clock?: VirtualClock;
  /** The client's clock, where it is not `clock` itself. */
  readonly clientClock?: Clock;
  readonly cluster?: FakeCluster;
  readonly storage?: MemoryStorage;
  readonly random?: FakeRandom;
  /** How many of the cluster's servers the client is given. */
  readonly given?: number;
  readonly hints?: readonly string[];
}

const started: ParleyClient[] = [];

/** Closes all clients of a test. */
export async function closeAll(): Promise<void> {
  await Promise.all(started.splice(0).map((client) => client.close()));
}

/** A client of a fake cluster in virtual time. */
export class Fixture {
  readonly clock: VirtualClock;
  readonly cluster: FakeCluster;
  readonly storage: MemoryStorage;
  readonly random: FakeRandom;
  readonly client: ParleyClient;

  constructor(options: FixtureOptions = {}) {
    this.clock = options.clock ?? new VirtualClock();
    this.cluster = options.cluster ?? new FakeCluster(this.clock);
    this.storage = options.storage ?? new MemoryStorage();
    this.random = options.random ?? new FakeRandom();
    this.client = new ParleyClient({
      servers: this.cluster.servers.slice(0, options.given ?? 3).map((server) => server.address),
      transport: this.cluster,
      storage: this.storage,
      ...(options.hints && { hints: options.hints }),
      clock: options.clientClock ?? this.clock,
      random: this.random,
      digest: (data) => createHash('sha256').update(data).digest(),
    });
    started.push(this.client);
  }

  /** The next start on the same device. */
  again(given?: number, clientClock?: Clock): Fixture {
    const { clock, cluster, random, storage } = this;
    return new Fixture({ clock, cluster, random, storage, ...(given !== undefined && { given }), ...(clientClock && { clientClock }) });
  }

  get snapshot(): ClientSnapshot {
    return this.client.getSnapshot();
  }

  /** Signs in and waits for the live stream. */
  async signIn(): Promise<this> {
    void this.client.logIn('alice', 'correct horse');
    await this.live();
    return this;
  }

  /** Waits until the stream is live and everything is loaded. */
  async live(): Promise<this> {
    await this.clock.until(() => this.snapshot.connection.status === 'live' && this.snapshot.conversations !== undefined);
    return this;
  }

  /** The server in use. */
  get inUse(): FakeServer {
    return this.cluster.at(this.snapshot.servers.find((server) => server.inUse)?.url);
  }

  /** Servers that are not in use. */
  get others(): FakeServer[] {
    return this.allBut(this.inUse);
  }

  /** All servers but one. */
  allBut(server: FakeServer): FakeServer[] {
    return this.cluster.servers.filter((each) => each !== server);
  }

  get streams(): FakeStream[] {
    return this.cluster.servers.flatMap((server) => server.openStreams());
  }

  /** The one live stream. */
  get stream(): FakeStream {
    const [stream, ...more] = this.streams;
    if (!stream || more.length > 0) throw new Error(`there are ${this.streams.length} streams`);
    return stream;
  }

  /** Gives all servers a conversation `c` of so many messages, numbered from 1. */
  fill(count: number, change: (number: number) => Partial<Message> = () => ({})): Message[] {
    const messages = Array.from({ length: count }, (_, index) => this.cluster.message({ text: `${index + 1}`, ...change(index + 1) }));
    for (const server of this.cluster.servers) {
      server.on(ChatServiceDefinition.methods.listMessages, ({ before, pageSize }) => {
        const older = messages.filter((message) => !before || (message.position?.hlc ?? 0) < before.hlc);
        return { messages: older.slice(-pageSize).reverse(), more: older.length > pageSize, seen: this.cluster.cursor(), behind: false };
      });
    }
    return messages;
  }

  /** Waits for something that takes a few round trips. */
  async pass(work: Promise<unknown>): Promise<void> {
    await Promise.all([work, this.clock.advance(50)]);
  }

  messages(conversationId: string): readonly MessageView[] {
    return this.snapshot.timelines.get(conversationId)?.messages ?? [];
  }
}
