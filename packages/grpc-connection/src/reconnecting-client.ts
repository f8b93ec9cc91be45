import { type ChannelCredentials, Client, type ClientOptions, connectivityState, credentials } from '@grpc/grpc-js';

/**
 * @grpc/grpc-js (1.14) waits without limit for a connection to come about, for minutes where packets are dropped and for ever where the other end has
 * taken it and says nothing, and every call waits with it; keepalive begins only after that. An attempt that takes so long is given up for a new one.
 */
const CONNECT_TIMEOUT_MS = 2000;

/**
 * While it connects. Once an attempt has failed, the channel says TRANSIENT_FAILURE until one succeeds (pick_first, gRFC A62), also while an attempt waits
 * for ever for its answer: calls then fail at once with the old error.
 */
const STUCK: ReadonlySet<connectivityState> = new Set([connectivityState.CONNECTING, connectivityState.TRANSIENT_FAILURE]);

/** A client of one address that does not get stuck while it connects. Calls that waited for an attempt that is given up fail with UNAVAILABLE. Without `security` in plain text. */
export class ReconnectingClient {
  readonly #open: () => Client;
  readonly #connectTimeoutMs: number;
  #client: Client;
  #isWatched = false;
  #isClosed = false;

  constructor(address: string, options: ClientOptions, connectTimeoutMs = CONNECT_TIMEOUT_MS, security: ChannelCredentials = credentials.createInsecure()) {
    // From the pool that all channels share, a new channel would be given the attempt that is stuck, as long as another client of the address has it too.
    const own = { ...options, 'grpc.use_local_subchannel_pool': 1 };
    this.#open = () => new Client(address, security, own);
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#client = this.#open();
  }

  /** What to make the next call with. */
  get current(): Client {
    const client = this.#client;
    const stateOf = () => client.getChannel().getConnectivityState(false);
    if (this.#isWatched || this.#isClosed || stateOf() === connectivityState.READY) return client;
    this.#isWatched = true;
    setTimeout(() => {
      this.#isWatched = false;
      if (this.#isClosed || !STUCK.has(stateOf())) return;
      this.#client = this.#open();
      client.close();
    }, this.#connectTimeoutMs).unref();
    return client;
  }

  close(): void {
    this.#isClosed = true;
    this.#client.close();
  }
}
