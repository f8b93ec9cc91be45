import { ChatServiceDefinition, Replica_State, Replica_Tables, type Replica, type SubscribeRequest, type SubscribeResponse } from '@parley/proto/chat';
import { BadRequest, ErrorInfo, Status } from '@parley/proto/status';
import { CallError, GrpcCode } from '../src/failure.ts';
import type { StreamListener, UnaryMethod } from '../src/transport.ts';
import type { FakeCluster } from './fake-cluster.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** An error as a Parley server gives it. */
export function refusal(code: number, reason: string, message = reason): CallError {
  const info = { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: ErrorInfo.encode({ reason, domain: 'parley.chat' }).finish() };
  return new CallError(code, message, { details: Status.encode({ code, message, details: [info] }).finish() });
}

/** A request whose field is wrong, as a Parley server refuses it. */
export function invalidField(field: string): CallError {
  const violations = { typeUrl: 'type.googleapis.com/google.rpc.BadRequest', value: BadRequest.encode({ fieldViolations: [{ field, description: 'wrong' }] }).finish() };
  return new CallError(GrpcCode.INVALID_ARGUMENT, 'wrong', { details: Status.encode({ code: GrpcCode.INVALID_ARGUMENT, message: 'wrong', details: [violations] }).finish() });
}

/** What the client sees of a connection that breaks or is refused. */
export function connectionLost(): CallError {
  return new CallError(GrpcCode.UNAVAILABLE, 'connection lost');
}

export interface SeenCall {
  readonly method: string;
  readonly request: unknown;
  readonly token: string | undefined;
  readonly at: number;
}

type Handler = (bytes: Uint8Array, token: string | undefined) => Uint8Array;

const HEARTBEAT_MS = 2_000;

/** An open stream, seen from the server. */
export class FakeStream {
  readonly request: SubscribeRequest;
  readonly token: string;
  open = true;
  readonly #listener: StreamListener;

  constructor(request: SubscribeRequest, token: string, listener: StreamListener) {
    this.request = request;
    this.token = token;
    this.#listener = listener;
  }

  send(event: SubscribeResponse['event']): void {
    if (this.open) this.#listener.event({ event });
  }

  end(error?: CallError): void {
    if (!this.open) return;
    this.open = false;
    this.#listener.end(error);
  }
}

/** One server as its clients see it: alive, dead or frozen, with handlers that tests replace. */
export class FakeServer {
  readonly address: string;
  readonly name: string;
  readonly replicaId: string;
  /** `dead` refuses connections, `frozen` takes them and says nothing. */
  state: 'up' | 'dead' | 'frozen' = 'up';
  latencyMs = 2;
  clusterId: string;
  readonly calls: SeenCall[] = [];
  readonly streams: FakeStream[] = [];
  /** What a new stream begins with. */
  greet: (stream: FakeStream) => void = (stream) => {
    if (stream.request.resume.length === 0) stream.send({ $case: 'reload', value: { resume: this.cluster.cursor() } });
    else stream.send({ $case: 'heartbeat', value: { resume: stream.request.resume } });
  };
  readonly cluster: FakeCluster;
  readonly #clock: VirtualClock;
  readonly #handlers = new Map<string, Handler>();

  constructor(cluster: FakeCluster, clock: VirtualClock, number: number) {
    this.cluster = cluster;
    this.#clock = clock;
    this.address = `http://server${number}:808${number}`;
    this.name = `server${number}`;
    this.replicaId = `replica${number}`;
    this.clusterId = 'cluster-a';
    const { getCluster } = ChatServiceDefinition.methods;
    this.on(getCluster, () => ({ clusterId: this.clusterId, replicas: cluster.replicasFor(this), serverVersion: '0.1.0', removedReplicaIds: cluster.removedReplicaIds }));
  }

  on<Request, Response>(method: UnaryMethod<Request, Response>, handler: (request: Request, token: string | undefined) => Response): void {
    this.#handlers.set(method.name, (bytes, token) => method.responseType.encode(handler(method.requestType.decode(bytes), token)).finish());
  }

  /** Calls of one method, as they came. */
  requests<Request, Response>(method: UnaryMethod<Request, Response>): Request[] {
    return this.calls.filter((call) => call.method === method.name).map((call) => call.request as Request);
  }

  handle<Request, Response>(method: UnaryMethod<Request, Response>, bytes: Uint8Array, token: string | undefined): Uint8Array {
    this.calls.push({ method: method.name, request: method.requestType.decode(bytes), token, at: this.#clock.monotonic() });
    const handler = this.#handlers.get(method.name);
    if (!handler) throw refusal(GrpcCode.UNIMPLEMENTED, 'UNIMPLEMENTED');
    return handler(bytes, token);
  }

  open(request: SubscribeRequest, token: string, listener: StreamListener): FakeStream {
    const stream = new FakeStream(request, token, listener);
    this.streams.push(stream);
    const beat = (): void => {
      if (!stream.open) return;
      if (this.state === 'up') stream.send({ $case: 'heartbeat', value: { resume: new Uint8Array() } });
      this.#clock.setTimeout(beat, HEARTBEAT_MS);
    };
    this.#clock.setTimeout(() => {
      if (this.state !== 'up') return;
      this.greet(stream);
      this.#clock.setTimeout(beat, HEARTBEAT_MS);
    }, this.latencyMs);
    return stream;
  }

  openStreams(): FakeStream[] {
    return this.streams.filter((stream) => stream.open);
  }

  /** Ends the process: connections break, new ones are refused. */
  kill(): void {
    this.state = 'dead';
    for (const stream of this.openStreams()) stream.end(connectionLost());
  }

  /** Stops the process: connections stay, nothing comes. */
  freeze(): void {
    this.state = 'frozen';
  }

  revive(): void {
    this.state = 'up';
  }

  replica(asker: FakeServer): Replica {
    return {
      replicaId: this.replicaId,
      name: this.name,
      publicUrl: `${this.address}/`,
      state: this.state === 'up' ? Replica_State.STATE_LIVE : Replica_State.STATE_DEAD,
      self: this === asker,
      roundTripMs: 1,
      lagChanges: 0,
      lagMs: 0,
      lastReportMsAgo: this === asker ? 0 : 500,
      tables: Replica_Tables.TABLES_UNSPECIFIED,
      tablesComparedMsAgo: 0,
      level: true,
      address: `${this.name}:50051`,
      removed: false,
      clockOffsetMs: 0,
      alarms: [],
      databaseBytes: 0,
    };
  }
}
