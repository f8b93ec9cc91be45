import { ChatServiceDefinition, type Copies, type Message, type Replica, type SubscribeRequest } from '@parley/proto/chat';
import type { CallOptions, Channel, StreamListener, Transport, UnaryMethod } from '../src/transport.ts';
import { normalizeHttpAddress } from '../src/transports/http-address.ts';
import { CallError, GrpcCode } from '../src/failure.ts';
import { connectionLost, FakeServer, type FakeStream } from './fake-server.ts';
import type { VirtualClock } from './virtual-clock.ts';

const methods = ChatServiceDefinition.methods;

/** Account of whoever signs in. */
export const ALICE = { accountId: 'aliceaaaaaaaaaaaaaaaaaaaaa', username: 'alice', deleted: false };
export const BOB = { accountId: 'bobbbbbbbbbbbbbbbbbbbbbbbb', username: 'bob', deleted: false };

/** What a server tells of copies; without `more` one of before servers told who holds them. */
export function copiesOf(stored: number, replicas = 3, more: Partial<Copies> = {}): Copies {
  return { stored, replicas, onAllUp: false, holders: [], ...more };
}

/** Servers that answer everything with the least that makes sense, and a transport to them in virtual time. Messages go through the real encoding. */
export class FakeCluster implements Transport {
  readonly servers: FakeServer[];
  /** Replicas that are not listed any more. */
  readonly removedReplicaIds: string[] = [];
  readonly #clock: VirtualClock;
  #cursors = 0;
  #positions = 0;

  constructor(clock: VirtualClock, size = 3) {
    this.#clock = clock;
    this.servers = [];
    for (let number = 1; number <= size; number++) this.add();
  }

  /** Another server joins. */
  add(): FakeServer {
    const server = new FakeServer(this, this.#clock, this.servers.length + 1);
    this.servers.push(server);
    this.#furnish(server);
    return server;
  }

  server(number: number): FakeServer {
    const server = this.servers[number - 1];
    if (!server) throw new Error(`there is no server ${number}`);
    return server;
  }

  at(address: string | undefined): FakeServer {
    const server = this.servers.find((each) => each.address === address);
    if (!server) throw new Error(`there is no server at ${address}`);
    return server;
  }

  replicasFor(asker: FakeServer): Replica[] {
    return this.servers.filter(({ replicaId }) => !this.removedReplicaIds.includes(replicaId)).map((server) => server.replica(asker));
  }

  /** A cursor that was never given before. */
  cursor(): Uint8Array {
    this.#cursors += 1;
    return new TextEncoder().encode(`cursor-${this.#cursors}`);
  }

  /** A message at the next place. */
  message(message: Partial<Message>): Message {
    this.#positions += 1;
    return {
      conversationId: 'c', senderId: BOB.accountId, messageId: `m${this.#positions}`, text: 'hello', position: { hlc: this.#positions, origin: 1 }, createdSeq: this.#positions, receipt: 0,
      sentAtMs: this.#clock.now(), deleted: false, unread: false, hidden: false, copies: undefined, ...message,
    };
  }

  connect(address: string): Channel {
    return new FakeChannel(this.#clock, () => this.servers.find((server) => server.address === address));
  }

  normalize(address: string): string | undefined {
    return normalizeHttpAddress(address, 'http:');
  }

  addressOf(replica: Replica): string | undefined {
    return this.normalize(replica.publicUrl);
  }

  #furnish(server: FakeServer): void {
    const seen = (): Uint8Array => this.cursor();
    const session = { account: ALICE, sessionToken: 'token', expiresAtMs: this.#clock.now() + 86_400_000 };
    const all = (): Copies => copiesOf(this.servers.filter((each) => each.state === 'up').length, this.servers.length);
    server.on(methods.logIn, () => ({ ...session, seen: seen() }));
    server.on(methods.createAccount, () => ({ ...session, copies: all(), seen: seen() }));
    server.on(methods.logOut, () => ({ copies: undefined, seen: seen() }));
    server.on(methods.changePassword, () => ({ sessionToken: 'token-2', expiresAtMs: session.expiresAtMs, copies: all(), seen: seen() }));
    server.on(methods.deleteAccount, () => ({ copies: all(), seen: seen() }));
    server.on(methods.getAccount, () => ({ account: BOB, seen: seen(), behind: false }));
    server.on(methods.listAccounts, () => ({ accounts: [ALICE, BOB], nextPageToken: '', seen: seen(), behind: false }));
    server.on(methods.listConversations, () => ({ conversations: [], nextPageToken: '', seen: seen(), behind: false }));
    server.on(methods.listMessages, () => ({ messages: [], more: false, seen: seen(), behind: false }));
    server.on(methods.markRead, () => ({ unreadCount: 0, seen: seen() }));
    server.on(methods.deleteMessages, () => ({ copies: all(), seen: seen() }));
    server.on(methods.editMessage, ({ message, text, revision }) => ({
      message: this.message({ ...message, senderId: ALICE.accountId, text, edit: { editedAtMs: this.#clock.now(), revision, stamp: { hlc: this.#positions, origin: 1 } } }),
      copies: all(),
      seen: seen(),
    }));
    server.on(methods.markDelivered, () => ({ seen: seen() }));
    server.on(methods.getMessages, () => ({ messages: [], seen: seen(), behind: false }));
    server.on(methods.sendTyping, () => ({}));
    server.on(methods.sendMessage, ({ messageId, text, to }) => ({
      message: this.message({ messageId, text, senderId: ALICE.accountId, conversationId: to?.$case === 'conversationId' ? to.value : 'c' }),
      copies: all(),
      seen: seen(),
    }));
  }
}

class FakeChannel implements Channel {
  readonly #clock: VirtualClock;
  readonly #find: () => FakeServer | undefined;

  constructor(clock: VirtualClock, find: () => FakeServer | undefined) {
    this.#clock = clock;
    this.#find = find;
  }

  call<Request, Response>(method: UnaryMethod<Request, Response>, request: Request, options: CallOptions): Promise<Response> {
    const server = this.#find();
    const bytes = method.requestType.encode(request).finish();
    return new Promise((resolve, reject) => {
      options.signal.addEventListener('abort', () => reject(new CallError(GrpcCode.CANCELLED, 'cancelled')));
      if (server?.state === 'frozen') return;
      this.#clock.setTimeout(() => {
        if (!server || server.state === 'dead') return reject(connectionLost());
        try {
          const reply = server.handle(method, bytes, options.token);
          // The way back: an answer of a server that dies meanwhile is lost.
          this.#clock.setTimeout(() => {
            if (server.state === 'up') resolve(method.responseType.decode(reply));
            if (server.state === 'dead') reject(connectionLost());
          }, server.latencyMs / 2);
        } catch (error) {
          reject(error);
        }
      }, (server?.latencyMs ?? 1) / 2);
    });
  }

  subscribe(request: SubscribeRequest, token: string, listener: StreamListener): () => void {
    const server = this.#find();
    if (!server || server.state === 'dead') {
      this.#clock.setTimeout(() => listener.end(connectionLost()), 1);
      return () => undefined;
    }
    const stream: FakeStream = server.open(request, token, listener);
    return () => {
      stream.open = false;
    };
  }

  close(): void {
    // Nothing is kept open but streams, which their holder cancels.
  }
}
