import { ChatServiceDefinition } from '@parley/proto/chat';
import { ReplicationServiceDefinition } from '@parley/proto/replication';
import type { Logger } from 'pino';
import { MAX_REQUEST_BYTES } from './chat/limits.ts';
import { Passwords } from './chat/passwords.ts';
import { BadConfig, type Config } from './config.ts';
import { replaceDamaged } from './damaged-file.ts';
import { Refusal } from './errors.ts';
import { type GenericService, toGrpcDefinition } from './grpc/definition.ts';
import { GrpcPort } from './grpc/grpc-port.ts';
import { type CallContext, type Handlers, toGrpcHandlers } from './grpc/handlers.ts';
import type { Replica } from './replica.ts';
import { ReplicaOnFile } from './replica-on-file.ts';
import { CannotJoin } from './replication/join.ts';
import { type Connect, grpcLinks, MAX_MESSAGE_BYTES } from './replication/link.ts';
import { type ClusterSecrets, proofChecker } from './replication/proof.ts';
import { checkProof } from './replication/service.ts';
import { checkSecrets, followSecrets, readSecrets } from './secret-file.ts';
import { isImpossible, systemTime, type Time } from './stamp/clock.ts';
import type { StartWorker } from './store/background.ts';
import { inspectDatabase, UnusableDatabase } from './store/database.ts';
import type { Store } from './store/store.ts';
import { replicaMetrics } from './replica-metrics.ts';
import { type Metrics, openMetrics } from './web/metrics.ts';
import { startWebServer, type WebServer } from './web/web-server.ts';

const SESSIONLESS: ReadonlySet<string> = new Set([ChatServiceDefinition.methods.createAccount, ChatServiceDefinition.methods.logIn, ChatServiceDefinition.methods.getCluster].map(({ name }) => name));

export interface ServerOptions {
  readonly config: Config;
  /** Where the built web page lies. */
  readonly pageDir: string;
  readonly log: Logger;
  readonly time?: Time;
  /** Starts background-worker.ts with a task. */
  readonly startWorker: StartWorker;
  /** With a donor that has more changes than this, its file is copied first; normally COPY_ABOVE_CHANGES. */
  readonly copyAboveChanges?: number;
  /** Wraps the links to peers; a test cuts them. */
  readonly wrapLinks?: (connect: Connect) => Connect;
  /** The process cannot go on; the message is one line. `isForOperator`: starting it again will not help, somebody has to mend something. */
  readonly onFatal: (message: string, isForOperator: boolean) => void;
}

/** A running replica. */
export interface RunningServer {
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Another one once a donor's file was copied. */
  readonly store: Store;
  /** Resolves once it serves people. */
  readonly ready: Promise<void>;
  /** Tells streams to move, finishes writes, closes the database. */
  close(): Promise<void>;
}

/** Creates a replica, binds its ports and starts it; joining goes on behind `ready`. Rejects with BadConfig or UnusableDatabase, and nothing written. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config } = options;
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
  const ready = server.serve();
  return {
    grpcPort: server.grpcPort,
    httpPort: server.httpPort,
    get store() {
      return server.store;
    },
    ready,
    close: () => server.close(),
  };
}

/** A replica with its ports and its file. */
class ReplicaProcess implements Omit<RunningServer, 'ready'> {
  grpcPort = 0;
  isClosed = false;
  readonly #options: ServerOptions;
  readonly #time: Time;
  readonly #grpc = new GrpcPort(MAX_MESSAGE_BYTES, ChatServiceDefinition.fullName);
  readonly #metrics: Metrics;
  #web: WebServer | undefined;
  #isProof: ((proof: string) => boolean) | undefined;
  #onFile: ReplicaOnFile | undefined;
  #stopFollowing = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: ServerOptions, time: Time) {
    this.#options = options;
    this.#time = time;
    const { name, dbFile } = options.config;
    this.#metrics = openMetrics(replicaMetrics({ name, dbFile, replica: () => this.#onFile?.replica, isReady: () => this.#isReady }));
  }

  get httpPort(): number {
    return this.#web?.port ?? 0;
  }

  get store(): Store {
    if (!this.#onFile) throw new Error('the store is not open');
    return this.#onFile.store;
  }

  /** Takes the ports: before anything is written, so that a port in use changes nothing. */
  async bind(): Promise<void> {
    const { config, log, pageDir } = this.#options;
    const chat = guarded(ChatServiceDefinition, () => this.#serving().chat);
    this.#grpc.add(toGrpcDefinition(ChatServiceDefinition), toGrpcHandlers(ChatServiceDefinition, chat, { domain: 'parley.chat', maxRequestBytes: MAX_REQUEST_BYTES, admit: (call, method) => this.#admitToChat(call, method), log }));
    const replication = guarded(ReplicationServiceDefinition, () => (this.#onFile?.replica ?? refuse(starting())).replicationHandlers);
    const admit = (call: CallContext) => checkProof(this.#isProof, call);
    this.#grpc.add(toGrpcDefinition(ReplicationServiceDefinition), toGrpcHandlers(ReplicationServiceDefinition, replication, { domain: 'parley.replication', maxRequestBytes: MAX_MESSAGE_BYTES, admit, log }));
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
        metrics: this.#metrics,
        log,
      });
    } catch (error) {
      this.#metrics.close();
      await this.#grpc.close(this.#time);
      throw cannotListen('http-port', config.httpPort, error);
    }
  }

  /** Opens the database. Throws UnusableDatabase. */
  open(secrets: ClusterSecrets): void {
    const { config, log, wrapLinks, startWorker, copyAboveChanges } = this.#options;
    this.#isProof = proofChecker(secrets);
    this.#stopFollowing = followSecrets(config.secretFile, secrets, this.#time, log);
    const links = grpcLinks(secrets);
    this.#onFile = new ReplicaOnFile({
      dbFile: config.dbFile,
      onDamage: replaceDamaged(config, this.#time, log),
      startWorker,
      copyAboveChanges,
      time: this.#time,
      log,
      connect: wrapLinks ? wrapLinks(links) : links,
      secrets,
      passwords: new Passwords(),
      name: config.name,
      // With port 0 the system chose one.
      address: config.advertise.replace(/:0$/, `:${this.grpcPort}`),
      publicUrl: this.#publicUrl,
      seeds: config.seeds,
      isFirst: config.first,
      ackTimeoutMs: config.ackTimeoutMs,
      waitFor: config.waitFor,
      onRemoved: () => this.#grpc.setServing(false),
      openAnew: () => this.#openAnew(),
    });
  }

  /** Joins where that is needed, registers, and opens for people. What goes wrong is told by `onFatal`. */
  async serve(): Promise<void> {
    const { log, onFatal } = this.#options;
    try {
      await this.#onFile?.serve();
      this.#grpc.setServing(this.#isReady);
    } catch (error) {
      if (this.isClosed) return;
      if (!isOperatorError(error)) log.fatal({ err: error }, 'cannot serve');
      onFatal(error instanceof Error ? error.message : String(error), isOperatorError(error));
    }
  }

  #openAnew(): void {
    if (this.isClosed) return;
    this.#grpc.setServing(false);
    this.#onFile?.openAnew();
    void this.serve();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.isClosed = true;
    this.#stopFollowing();
    this.#grpc.setServing(false);
    this.#onFile?.drain();
    await Promise.all([this.#web?.close(), this.#grpc.close(this.#time)]);
    this.#metrics.close();
    await this.#onFile?.close();
    this.#options.log.info('closed');
  }

  get #isReady(): boolean {
    return !this.isClosed && this.#onFile?.replica.serving !== undefined;
  }

  get #publicUrl(): string {
    return this.#options.config.publicUrl.replace(/:0$/, `:${this.httpPort}`);
  }

  #pageConfig(): { clusterId: string; self: { name: string; url: string }; servers: { name: string; url: string }[] } {
    const { config } = this.#options;
    const servers = this.#isReady ? this.store.queries.replicas.members().filter((row) => row.publicUrl !== '').map((row) => ({ name: row.name, url: row.publicUrl })) : [];
    return { clusterId: this.#onFile?.store.getLocal('cluster_id') ?? '', self: { name: config.name, url: this.#publicUrl }, servers };
  }

  #serving(): NonNullable<Replica['serving']> {
    if (this.isClosed) throw draining();
    if (this.#onFile?.replica.isRemoved) throw new Refusal('DRAINING', 'This server was removed from its cluster. Use another one.');
    return this.#onFile?.replica.serving ?? refuse(starting());
  }

  /** Without a session only these few calls are as much as decoded. */
  #admitToChat(call: CallContext, method: string): void {
    const { sessions } = this.#serving();
    if (!SESSIONLESS.has(method)) sessions.signed(call);
  }
}

/** Handlers that look up, with each call, those that there are now; `find` throws the refusal while there are none. */
function guarded<S extends GenericService>(service: S, find: () => Handlers<S>): Handlers<S> {
  const methods = Object.keys(service.methods).map((method) => [
    method,
    async (...args: unknown[]) => {
      const handler = find()[method as keyof S['methods']] as (...args: unknown[]) => Promise<unknown>;
      return handler(...args);
    },
  ]);
  return Object.fromEntries(methods) as Handlers<S>;
}

function refuse(refusal: Refusal): never {
  throw refusal;
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
