import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { CallError } from '@parley/client/failure';
import type { CallOptions, Channel, StreamListener, Transport, UnaryMethod } from '@parley/client/transport';
import { type Replica, type SubscribeRequest, SubscribeRequest as SubscribeRequests, SubscribeResponse } from '@parley/proto/chat';
import { Broken, callThrough, type Party } from './calls.ts';
import { type Network } from './network.ts';

/** What a server's chat service is asked with: the session's token, and when the caller stops waiting. */
export interface ChatCall {
  readonly token: string | undefined;
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** A machine that people's clients can call. */
export interface ChatTarget {
  readonly name: string;
  readonly party: () => Party | undefined;
  readonly answerChat: (method: string, bytes: Uint8Array, call: ChatCall) => Promise<Uint8Array>;
  readonly stream: (bytes: Uint8Array, call: ChatCall, send: (bytes: Uint8Array) => void) => Promise<void>;
}

/** Longer than any call of a client: each has a deadline of its own. */
const ENDLESS_MS = 60_000;
/** Of unary calls only the check of a password heeds that its caller has gone, and that is not the real one here. */
const HEARD_OUT = new AbortController().signal;
/** Calls that a proxy on the way may repeat. */
const DOUBLED: ReadonlySet<string> = new Set(['SendMessage', 'EditMessage', 'MarkRead', 'DeleteMessages', 'ListMessages']);

/** The client library's way to servers, through the simulated network. */
export class ChatTransport implements Transport {
  readonly #network: Network;
  readonly #caller: Party;
  readonly #targetAt: (address: string) => ChatTarget | undefined;

  constructor(network: Network, caller: Party, targetAt: (address: string) => ChatTarget | undefined) {
    this.#network = network;
    this.#caller = caller;
    this.#targetAt = targetAt;
  }

  normalize(address: string): string {
    return address;
  }

  addressOf(replica: Replica): string | undefined {
    return replica.publicUrl === '' ? undefined : replica.publicUrl;
  }

  connect(address: string): Channel {
    return {
      call: (method, request, options) => this.#call(address, method, request, options),
      subscribe: (request, token, listener) => this.#subscribe(address, request, token, listener),
      close: () => {},
    };
  }

  async #call<Request, Response>(address: string, method: UnaryMethod<Request, Response>, request: Request, options: CallOptions): Promise<Response> {
    const target = this.#targetAt(address);
    if (!target) throw new CallError(14, `nothing is at ${address}`);
    const bytes = method.requestType.encode(request).finish();
    const withinMs = options.deadlineAt - this.#caller.time.wallMs();
    try {
      const answer = await callThrough(this.#network, {
        caller: this.#caller, to: target.name, callee: () => target.party(), timeoutMs: ENDLESS_MS, mayDouble: DOUBLED.has(method.name),
        serve: () => target.answerChat(method.name, bytes, { token: options.token, withinMs, signal: HEARD_OUT }),
      });
      return method.responseType.decode(answer);
    } catch (error) {
      throw toCallError(error);
    }
  }

  #subscribe(address: string, request: SubscribeRequest, token: string, listener: StreamListener): () => void {
    const target = this.#targetAt(address);
    const { name, time } = this.#caller;
    const network = this.#network;
    const gone = new AbortController();
    let isOver = false;
    let lastAt = 0;
    const end = (error: CallError | undefined) => {
      if (isOver || !time.isAlive) return;
      isOver = true;
      listener.end(error);
    };
    if (!target) {
      void time.after(0, () => end(new CallError(14, `nothing is at ${address}`)));
      return () => {};
    }
    /** In order, as on one connection; when one is lost, so is the connection, which both sides find out later. */
    const down = (deliver: () => void) => {
      const at = Math.max(lastAt, time.monotonicMs() + network.delayMs(target.name, name));
      lastAt = at;
      void time.exactly(at - time.monotonicMs(), () => {
        if (isOver) return;
        if (network.isLost(target.name, name)) {
          isOver = true;
          void time.after(network.untilFoundMs(name), () => gone.abort());
        } else {
          deliver();
        }
      });
    };
    const serve = () => {
      const party = target.party();
      if (!party) return network.isSilent() ? undefined : down(() => end(new CallError(14, 'connection refused')));
      const forgetEnd = party.time.onEnd(() => (network.isSilent() ? undefined : down(() => end(new CallError(14, 'connection reset')))));
      const call = { token, withinMs: Number.POSITIVE_INFINITY, signal: gone.signal };
      const send = (bytes: Uint8Array) => down(() => listener.event(SubscribeResponse.decode(bytes)));
      target
        .stream(SubscribeRequests.encode(request).finish(), call, send)
        .finally(forgetEnd)
        .then(
          () => party.time.isAlive && down(() => end(undefined)),
          (error: unknown) => party.time.isAlive && down(() => end(toCallError(error))),
        );
      return undefined;
    };
    network.carry(name, target.name, serve);
    const cancel = () => network.carry(name, target.name, () => gone.abort(), () => void target.party()?.time.after(network.untilFoundMs(name), () => gone.abort()));
    time.onEnd(cancel);
    return () => {
      isOver = true;
      cancel();
    };
  }
}

function toCallError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  if (error instanceof Broken) return new CallError(error.code, error.message);
  const { code, details, metadata } = error as ServiceError;
  return new CallError(code ?? 2, details ?? String(error), { details: detailsOf(metadata) });
}

function detailsOf(metadata: Metadata | undefined): Uint8Array | undefined {
  const [bytes] = metadata?.get('grpc-status-details-bin') ?? [];
  return typeof bytes === 'string' ? undefined : bytes;
}
