import type { Attempts } from './attempts.ts';
import { type Clock, elapsed } from './clock.ts';
import type { Cluster } from './cluster.ts';
import { backoffMs } from './endpoints.ts';
import { cancelled, Failure, toFailure, unreachable, verdictOf } from './failure.ts';
import { Pause } from './pause.ts';
import type { Random } from './random.ts';
import type { Servers } from './servers.ts';
import type { SessionKeeper } from './session.ts';
import type { UnaryMethod } from './transport.ts';

/** Somebody waits for the answer: after so long without any server they are told. */
const GIVE_UP_MS = 10_000;

export interface CallPlan {
  /** Sent without a session: to sign in. */
  readonly anonymous?: boolean;
  /** How long one try may take: milliseconds; for calls that are slow by nature. */
  readonly deadlineMs?: number;
  /** The call must not happen twice: when it is not known whether a server did it, it is not repeated but fails with OUTCOME_UNKNOWN and these words. */
  readonly onceOnly?: string;
  /** The call is the one that replaces the session's token: it cannot wait for itself. */
  readonly replacesToken?: boolean;
  /** The call ends the session, of which the live stream may tell before the answer is here. */
  readonly endsSession?: boolean;
}

interface Reply {
  readonly seen?: Uint8Array;
  readonly behind?: boolean;
  readonly _unknownFields?: unknown;
}

export interface CallsOptions {
  readonly attempts: Attempts;
  readonly cluster: Cluster;
  readonly servers: Servers;
  readonly session: SessionKeeper;
  readonly clock: Clock;
  readonly random: Random;
  readonly closing: AbortSignal;
  /** A server has answered a call. */
  readonly succeeded: () => void;
}

/** One call with failover: the next server at once, until one answers. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #pause: Pause;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
  }

  /** Calls that wait for a server's backoff to be over go on at once. */
  wake(): void {
    this.#pause.wake();
  }

  /**
   * Rejects with a Failure: what a server answered, UNREACHABLE after 10 s in which none did, or CANCELLED. An answer
   * that lacks what this client has seen (`behind`) is given only where no other server has a better one.
   */
  async call<Request, Response extends Reply>(method: UnaryMethod<Request, Response>, request: Request, plan: CallPlan = {}): Promise<Response> {
    const { clock, closing, random, servers, session } = this.#options;
    const owner = session.session?.accountId;
    const started = elapsed(clock);
    const tried = new Set<string>();
    let behind: Response | undefined;
    let lastError: unknown;
    for (let round = 1; ; ) {
      if (closing.aborted) throw cancelled();
      const address = servers.pick(tried);
      if (address === undefined) {
        if (behind) return behind;
        const left = GIVE_UP_MS - (elapsed(clock) - started);
        if (left <= 0) throw gaveUp(lastError);
        await this.#pause.wait(Math.min(left, servers.nextRetryMs() ?? backoffMs(round, random)), closing);
        round += 1;
        tried.clear();
        continue;
      }
      tried.add(address);
      try {
        const reply = await this.on(address, method, request, plan, owner);
        if (!servers.isUsable(servers.inUse)) servers.use(address);
        this.#options.succeeded();
        if (!reply.behind) return reply;
        behind ??= reply;
      } catch (error) {
        if (!isWorthTheNext(error)) throw toFailure(error);
        lastError = error;
      }
    }
  }

  /**
   * One try on one server, which gets the session only if it is of this cluster. Rejects with a CallError
   * or a Failure; signs out where the session is refused. `owner`: the account for which the call is made; nobody else gets to see the answer.
   */
  async on<Request, Response extends Reply>(
    address: string,
    method: UnaryMethod<Request, Response>,
    request: Request,
    plan: CallPlan = {},
    owner = this.#options.session.session?.accountId,
  ): Promise<Response> {
    const { attempts, cluster, session } = this.#options;
    const { deadlineMs, onceOnly } = plan;
    if (plan.anonymous) {
      // A password is as secret as a session.
      await cluster.trust(address);
      return attempts.once(address, method, request, { deadlineMs });
    }
    for (;;) {
      // What must not happen twice goes only to a server that has just answered, so that a dead one leaves no doubt.
      await (onceOnly === undefined ? cluster.trust(address) : cluster.ask(address));
      const token = session.session?.token;
      if (token === undefined) throw signedOut(session.reason);
      if (session.session?.accountId !== owner) throw cancelled();
      try {
        const reply = await attempts.once(address, method, request, { token, deadlineMs });
        if (session.session?.accountId !== owner && !(plan.endsSession && !session.session)) throw cancelled();
        return reply;
      } catch (error) {
        const verdict = verdictOf(error);
        if (verdict === 'gone' && onceOnly !== undefined) throw new Failure('OUTCOME_UNKNOWN', onceOnly);
        if (verdict !== 'unauthenticated') throw error;
        if (!plan.replacesToken) await session.replaced();
        if (!await session.refused(token, toFailure(error).message)) throw error;
      }
    }
  }
}

function isWorthTheNext(error: unknown): boolean {
  const verdict = verdictOf(error);
  return verdict === 'gone' || verdict === 'aside' || verdict === 'elsewhere';
}

/** A live server's reason says more than that none answered. */
function gaveUp(error: unknown): Failure {
  return verdictOf(error) === 'elsewhere' ? toFailure(error) : unreachable();
}

function signedOut(reason: string | undefined): Failure {
  return new Failure('SESSION_INVALID', reason ?? 'You are signed out. Sign in, then try again.');
}
