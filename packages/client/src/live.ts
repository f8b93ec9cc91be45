import type { SubscribeResponse, Update } from '@parley/proto/chat';
import type { Connection } from './api.ts';
import type { Attempts } from './attempts.ts';
import type { Clock } from './clock.ts';
import type { Cluster } from './cluster.ts';
import { ConnectionNotice } from './connection-notice.ts';
import type { Cursors } from './cursors.ts';
import { backoffMs } from './endpoints.ts';
import { isCursorRefused, toFailure, verdictOf } from './failure.ts';
import { Pause } from './pause.ts';
import type { Random } from './random.ts';
import type { Servers } from './servers.ts';
import type { SessionKeeper } from './session.ts';
import { Stream, type StreamEnd } from './stream.ts';

/** Where every server ends the stream sooner than this, they are not asked again at once. */
const SHORT_STREAM_MS = 1_000;

export interface LiveOptions {
  /** Where streams are opened. */
  readonly attempts: Attempts;
  readonly cluster: Cluster;
  readonly cursors: Cursors;
  readonly servers: Servers;
  readonly session: SessionKeeper;
  readonly clock: Clock;
  readonly random: Random;
  /** Something happened. */
  readonly update: (update: Update) => void;
  /** Own messages of which more copies may be told. */
  readonly risingCopies: () => string[];
  /** Everything has to be loaded again, and merged. The stream's new cursor counts once this resolves. */
  readonly reload: () => Promise<void>;
  /** The stream has brought a new `resume`. */
  readonly resumed: () => void;
  /** `connection` has changed. */
  readonly changed: () => void;
}

/** The live stream: one at a time, from the server in use, resumed on the next one when it dies. */
export class Live {
  readonly #options: LiveOptions;
  readonly #notice: ConnectionNotice;
  readonly #pause: Pause;
  #run: AbortController | undefined;
  #open: { readonly address: string; readonly stream: Stream } | undefined;
  /** While everything is loaded again: the cursor to resume from once that is done, and which of several loads counts. */
  #pending: Uint8Array | undefined;
  #load = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#notice = new ConnectionNotice(options.clock, options.changed);
    this.#pause = new Pause(options.clock);
    options.servers.onChange(() => this.#follow());
  }

  get connection(): Connection {
    return this.#notice.view(this.#options.servers.lastContactAt());
  }

  start(): void {
    this.#run?.abort();
    this.#open?.stream.leave();
    const run = new AbortController();
    this.#run = run;
    this.#notice.begin();
    void this.#keepStreaming(run.signal);
  }

  stop(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#open?.stream.leave();
    this.#notice.idle();
  }

  /** Opens the stream again, with the session's present token. */
  restart(): void {
    this.#open?.stream.leave();
  }

  /** What waits for a server goes on at once. */
  wake(): void {
    this.#pause.wake();
  }

  async #keepStreaming(stopped: AbortSignal): Promise<void> {
    for (let shortOnes = 0; ;) {
      await this.#options.cursors.complete;
      const address = await this.#trustedServer();
      const token = this.#options.session.session?.token;
      if (stopped.aborted || address === undefined || token === undefined) return;
      const end = await this.#stream(address, token);
      if (stopped.aborted) return;
      this.#notice.down();
      if (end.how === 'left') continue;
      if (end.error && verdictOf(end.error) === 'unauthenticated') {
        await this.#options.session.replaced();
        if (await this.#options.session.refused(token, toFailure(end.error).message)) continue;
        return;
      }
      this.#judge(address, end);
      shortOnes = end.lastedMs < SHORT_STREAM_MS ? shortOnes + 1 : 0;
      if (shortOnes > this.#options.servers.all().length) await this.#pause.wait(backoffMs(shortOnes, this.#options.random), stopped);
    }
  }

  /** One that answers and is of this cluster; undefined when the client is closed. */
  async #trustedServer(): Promise<string | undefined> {
    for (;;) {
      const address = await this.#options.cluster.reach();
      if (address === undefined) return undefined;
      try {
        await this.#options.cluster.trust(address);
        return address;
      } catch {
        // It has just been marked as failed or as another cluster's: `reach` finds the next.
      }
    }
  }

  async #stream(address: string, token: string): Promise<StreamEnd> {
    const { attempts, clock, cursors } = this.#options;
    const request = { resume: cursors.resume, seen: cursors.outgoing(), messageIds: this.#options.risingCopies() };
    const stream = new Stream(attempts.channel(address), request, token, clock, (event) => this.#heard(address, event));
    this.#open = { address, stream };
    this.#notice.opened();
    const end = await stream.ended;
    this.#open = undefined;
    // What is still being loaded is not complete without the rest of this stream.
    this.#pending = undefined;
    this.#load += 1;
    return end;
  }

  #judge(address: string, end: StreamEnd & { readonly how: 'ended' }): void {
    const { cursors, servers } = this.#options;
    const verdict = end.error ? verdictOf(end.error) : 'renew';
    if (end.error && isCursorRefused(end.error)) cursors.clear();
    // It lives, but what this client has seen is not there, or it is about to go.
    else if (verdict === 'aside' || verdict === 'elsewhere') servers.stepAside(address, end.error?.reason === 'DRAINING' ? 'draining' : 'starting');
    // Whatever else it ends with is not the request's fault: another server may stream.
    else if (verdict !== 'renew' || !end.spoke) servers.failed(address);
  }

  #heard(address: string, { event }: SubscribeResponse): void {
    this.#options.servers.answered(address);
    this.#notice.up();
    switch (event?.$case) {
      case 'delta':
        for (const update of event.value.updates) this.#options.update(update);
        return this.#advance(event.value.resume);
      case 'heartbeat':
        return this.#advance(event.value.resume);
      case 'reload':
        void this.#reload(event.value.resume);
        return undefined;
      case 'newToken':
        return this.#options.session.renew({ token: event.value.sessionToken, expiresAt: event.value.expiresAtMs });
      default:
        // An event of a newer server: it says nothing about `resume`, so nothing is lost.
        return undefined;
    }
  }

  /** Empty: more follows at once. */
  #advance(resume: Uint8Array): void {
    if (resume.length === 0) return;
    if (this.#pending) {
      this.#pending = resume;
    } else {
      this.#options.cursors.advance(resume);
      this.#options.resumed();
    }
  }

  async #reload(resume: Uint8Array): Promise<void> {
    this.#pending = resume;
    this.#load += 1;
    const load = this.#load;
    for (let failures = 1; ; failures++) {
      try {
        await this.#options.reload();
        if (load !== this.#load || !this.#pending) return;
        this.#options.cursors.restart(this.#pending);
        this.#pending = undefined;
        return this.#options.resumed();
      } catch {
        // The stream is up, so servers are there: it is worth trying again until it is done.
        await this.#pause.wait(backoffMs(failures, this.#options.random));
        if (load !== this.#load) return;
      }
    }
  }

  /** Calls have gone over to another server: so does the stream. */
  #follow(): void {
    const { servers } = this.#options;
    if (this.#open && servers.inUse !== this.#open.address && servers.isUsable(servers.inUse)) this.#open.stream.leave();
  }
}
