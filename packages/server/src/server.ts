import { randomBytes } from 'node:crypto';
import { ChatServiceDefinition } from '@parley/proto/chat';
import { ChangeKind, ReplicaRegistered, ReplicationServiceDefinition } from '@parley/proto/replication';
import type { Logger } from 'pino';
import { PasswordAttempts } from './chat/attempts.ts';
import { Cursors } from './chat/cursors.ts';
import { MAX_REQUEST_BYTES } from './chat/limits.ts';
import { LiveHub } from './chat/live-hub.ts';
import { chatHandlers } from './chat/service.ts';
import { Passwords } from './chat/passwords.ts';
import { Sessions } from './chat/sessions.ts';
import { BadConfig, type Config } from './config.ts';
import { Refusal } from './errors.ts';
import { GrpcPort } from './grpc/grpc-port.ts';
import { toGrpcDefinition } from './grpc/definition.ts';
import { type CallContext, type Handlers, toGrpcHandlers } from './grpc/handlers.ts';
import { randomId } from './ids.ts';
import { greetSeeds } from './replication/greet.ts';
import { CannotJoin, isCopy, join } from './replication/join.ts';
import { type Connect, grpcLinks, MAX_MESSAGE_BYTES } from './replication/link.ts';
import { type ClusterSecrets, makeProof, proofChecker } from './replication/proof.ts';
import { type Identity, Replication } from './replication/replication.ts';
import { checkProof, replicationHandlers } from './replication/service.ts';
import { checkSecrets, readSecrets } from './secret-file.ts';
import { isImpossible, systemTime, type Time } from './stamp/clock.ts';
import { inspectDatabase, UnusableDatabase } from './store/database.ts';
import { Store } from './store/store.ts';
import { startWebServer, type WebServer } from './web/web-server.ts';

/** Each member gets this long to answer before a starting replica calls itself ready. */
const ASK_MEMBERS_MS = 3000;
const SESSIONLESS: ReadonlySet<string> = new Set([ChatServiceDefinition.methods.createAccount, ChatServiceDefinition.methods.logIn, ChatServiceDefinition.methods.getCluster].map(({ name }) => name));

export interface ServerOptions {
  readonly config: Config;
  /** Where the built web page lies. */
  readonly pageDir: string;
  readonly log: Logger;
  readonly time?: Time;
  /** Wraps the links to peers; a test cuts them. */
  readonly wrapLinks?: (connect: Connect) => Connect;
  /** The process cannot go on; the message is one line. `isForOperator`: starting it again will not help, somebody has to mend something. */
  readonly onFatal: (message: string, isForOperator: boolean) => void;
}

/** A running replica. */
export interface RunningServer {
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly store: Store;
  /** Resolves once it serves people. */
  readonly ready: Promise<void>;
  /** Tells streams to move, finishes writes, closes the database. */
  close(): Promise<void>;
}

/** Creates a replica, binds its ports and starts it; joining goes on behind `ready`. Rejects with BadConfig or UnusableDatabase, and nothing written. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log, onFatal } = options;
  const time = options.time ?? systemTime;
  if (isImpossible(time.wallMs())) throw new BadConfig(`this machine's clock says ${new Date(time.wallMs()).toISOString()}: set it, then start again`);
  inspectDatabase(config.dbFile);
  checkSecrets(config);
  const server = new ReplicaProcess(options, time);
  await server.bind();
  try {
    server.open(readSecrets(config));
  } catch (error) {
    await server.close();
    throw error;
  }
  const ready = server.serve().catch((error: unknown) => {
    if (server.isClosed) return;
    if (!isOperatorError(error)) log.fatal({ err: error }, 'cannot serve');
    onFatal(error instanceof Error ? error.message : String(error), isOperatorError(error));
  });
  return { grpcPort: server.grpcPort, httpPort: server.httpPort, store: server.store, ready, close: () => server.close() };
}

/** Ties the parts together: store, replication, chat, web. */
class ReplicaProcess implements Omit<RunningServer, 'ready'> {
  grpcPort = 0;
  isClosed = false;
  readonly #options: ServerOptions;
  readonly #time: Time;
  readonly #grpc = new GrpcPort(MAX_MESSAGE_BYTES, ChatServiceDefinition.fullName);
  readonly #hub = new LiveHub();
  readonly #process = randomBytes(6).readUIntBE(0, 6);
  #web: WebServer | undefined;
  #store: Store | undefined;
  #secrets: ClusterSecrets | undefined;
  #isProof: ((proof: string) => boolean) | undefined;
  #connect: Connect | undefined;
  #replication: Replication | undefined;
  #sessions: Sessions | undefined;
  #chat: Handlers<typeof ChatServiceDefinition> | undefined;
  #isReady = false;
  #stopGreeting = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: ServerOptions, time: Time) {
    this.#options = options;
    this.#time = time;
  }

  get httpPort(): number {
    return this.#web?.port ?? 0;
  }

  get store(): Store {
    if (!this.#store) throw new Error('the store is not open');
    return this.#store;
  }

  /** Takes the ports: before anything is written, so that a port in use changes nothing. */
  async bind(): Promise<void> {
    const { config, log, pageDir } = this.#options;
    this.#grpc.add(toGrpcDefinition(ChatServiceDefinition), toGrpcHandlers(ChatServiceDefinition, this.#whenServing(), { domain: 'parley.chat', maxRequestBytes: MAX_REQUEST_BYTES, admit: (call, method) => this.#admitToChat(call, method), log }));
    const admit = (call: CallContext) => checkProof(this.#isProof, call);
    this.#grpc.add(
      toGrpcDefinition(ReplicationServiceDefinition),
      toGrpcHandlers(ReplicationServiceDefinition, this.#replicationHandlers(), { domain: 'parley.replication', maxRequestBytes: MAX_MESSAGE_BYTES, admit, log }),
    );
    this.grpcPort = await this.#grpc.bind(`${hostForUrls(config.host)}:${config.port}`).catch((error: unknown) => {
      throw cannotListen('port', config.port, error);
    });
    try {
      this.#web = await startWebServer({
        host: config.host,
        port: config.httpPort,
        grpcTarget: `${hostForUrls(isAnyHost(config.host) ? '127.0.0.1' : config.host)}:${this.grpcPort}`,
        pageDir,
        isReady: () => this.#isReady,
        config: () => this.#pageConfig(),
        log,
      });
    } catch (error) {
      await this.#grpc.close(this.#time);
      throw cannotListen('http-port', config.httpPort, error);
    }
  }

  /** Opens the database. Throws UnusableDatabase. */
  open(secrets: ClusterSecrets): void {
    const { config, wrapLinks } = this.#options;
    this.#secrets = secrets;
    this.#isProof = proofChecker(secrets);
    const links = grpcLinks(makeProof(secrets));
    this.#connect = wrapLinks ? wrapLinks(links) : links;
    this.#store = new Store({ path: config.dbFile, time: this.#time });
  }

  /** Joins where that is needed, registers, and opens for people. */
  async serve(): Promise<void> {
    const { config, log } = this.#options;
    const { store } = this;
    const secrets = this.#secrets;
    const connect = this.#connect;
    if (!secrets || !connect) throw new Error('the database is not open');
    if (store.getLocal('replica_id') === undefined || (await isCopy({ store, connect, identity: this.#identity() }))) await store.setLocal('replica_id', randomId());
    const clusterId =
      store.getLocal('cluster_id') ??
      (await join({ store, connect, log, time: this.#time, identity: this.#identity(), seeds: config.seeds, ownClusterId: secrets.clusterId, isFirst: config.first, isClosed: () => this.isClosed }));
    if (clusterId === undefined || this.isClosed) return;
    await store.setLocal('cluster_id', clusterId);
    await this.#register();
    if (this.isClosed) return;
    const identity: Identity = { ...this.#identity(), clusterId };
    const replication = new Replication({
      store,
      time: this.#time,
      log,
      connect,
      identity,
      ackTimeoutMs: config.ackTimeoutMs,
      onOwnFork: (message) => this.#options.onFatal(message, false),
    });
    this.#replication = replication;
    replication.start();
    this.#stopGreeting = greetSeeds(config.seeds, { store, time: this.#time, connect, identity, replication });
    await replication.askedAll(ASK_MEMBERS_MS);
    if (this.isClosed) return;
    this.#openForPeople(secrets, replication, identity);
    log.info({ replicaId: identity.replicaId, clusterId, address: identity.address, publicUrl: this.#publicUrl, page: this.httpPort }, 'ready');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.isClosed = true;
    this.#isReady = false;
    this.#grpc.setServing(false);
    this.#stopGreeting();
    this.#hub.drain();
    this.#replication?.drain();
    await Promise.all([this.#web?.close(), this.#grpc.close(this.#time)]);
    this.#replication?.close();
    this.#store?.close();
    this.#options.log.info('closed');
  }

  #openForPeople(secrets: ClusterSecrets, replication: Replication, { replicaId, address, clusterId }: Identity): void {
    const { config, log } = this.#options;
    const { store } = this;
    store.onCommit(() => this.#hub.wakeAll());
    this.#sessions = new Sessions(store, secrets, this.#time);
    this.#chat = chatHandlers({
      store,
      replication,
      sessions: this.#sessions,
      cursors: new Cursors(store, secrets),
      attempts: new PasswordAttempts(this.#time),
      passwords: new Passwords(),
      hub: this.#hub,
      time: this.#time,
      log,
      self: { replicaId, name: config.name, publicUrl: this.#publicUrl, address, clusterId },
    });
    this.#isReady = true;
    this.#grpc.setServing(true);
  }

  #identity(): Omit<Identity, 'clusterId'> {
    // With port 0 the system chose one.
    const address = this.#options.config.advertise.replace(/:0$/, `:${this.grpcPort}`);
    return { replicaId: this.#store?.getLocal('replica_id') ?? '', process: this.#process, address };
  }

  get #publicUrl(): string {
    return this.#options.config.publicUrl.replace(/:0$/, `:${this.httpPort}`);
  }

  /** Makes this replica a member, or tells that its addresses have changed. */
  async #register(): Promise<void> {
    const { name } = this.#options.config;
    const publicUrl = this.#publicUrl;
    const { replicaId, address } = this.#identity();
    const known = this.store.queries.replicas.members().find((row) => row.replicaId === replicaId);
    if (known?.address === address && known.publicUrl === publicUrl && known.name === name) return;
    await this.store.write((tx) => tx.append(ChangeKind.CHANGE_KIND_REPLICA_REGISTERED, replicaId, ReplicaRegistered.encode({ address, publicUrl, name }).finish()));
  }

  #pageConfig(): { clusterId: string; self: { name: string; url: string }; servers: { name: string; url: string }[] } {
    const { config } = this.#options;
    const servers = this.#isReady ? this.store.queries.replicas.members().filter((row) => row.publicUrl !== '').map((row) => ({ name: row.name, url: row.publicUrl })) : [];
    return { clusterId: this.#store?.getLocal('cluster_id') ?? '', self: { name: config.name, url: this.#publicUrl }, servers };
  }

  #replicationHandlers(): Handlers<typeof ReplicationServiceDefinition> {
    return replicationHandlers({
      log: this.#options.log,
      identity: () => this.#identity(),
      clusterId: () => (this.#store?.getLocal('replica_id') === undefined ? undefined : this.#store.getLocal('cluster_id')),
      memberAddresses: () => this.#store?.queries.replicas.members().map((row) => row.address) ?? [],
      replication: () => this.#replication,
      onRelay: (event) => this.#hub.typing(event),
    });
  }

  /** Without a session only these few calls are as much as decoded. */
  #admitToChat(call: CallContext, method: string): void {
    if (!this.#sessions) throw this.isClosed ? draining() : starting();
    if (!SESSIONLESS.has(method)) this.#sessions.signed(call);
  }

  /** The chat service's handlers, refusing while there is nothing behind them. */
  #whenServing(): Handlers<typeof ChatServiceDefinition> {
    const guarded = Object.keys(ChatServiceDefinition.methods).map((method) => [
      method,
      async (...args: unknown[]) => {
        if (this.isClosed) throw draining();
        if (!this.#chat) throw starting();
        const handler = this.#chat[method as keyof typeof ChatServiceDefinition.methods] as (...args: unknown[]) => Promise<unknown>;
        return handler(...args);
      },
    ]);
    return Object.fromEntries(guarded) as Handlers<typeof ChatServiceDefinition>;
  }

}

function isAnyHost(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** An IPv6 address needs brackets before a port. */
function hostForUrls(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function draining(): Refusal {
  return new Refusal('DRAINING', 'This server is shutting down. Use another one.');
}

function starting(): Refusal {
  return new Refusal('STARTING', 'This server is starting. Use another one, or try again.');
}

function cannotListen(flag: string, port: number, error: unknown): BadConfig {
  const reason = error instanceof Error ? error.message : String(error);
  const why = /EADDRINUSE|No address added/.test(reason) ? 'something else listens there' : reason;
  return new BadConfig(`--${flag} ${port}: ${why}; choose another port, or end what uses it`);
}

/** Is it for the operator to mend, told in one line? */
export function isOperatorError(error: unknown): error is Error {
  return error instanceof BadConfig || error instanceof UnusableDatabase || error instanceof CannotJoin;
}
