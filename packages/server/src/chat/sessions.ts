import { createSigner, createVerifier } from 'fast-jwt';
import { Refusal } from '../errors.ts';
import type { CallContext } from '../grpc/handlers.ts';
import { randomId } from '../ids.ts';
import { type RandomBytes, systemRandom } from '../random.ts';
import { type ClusterSecrets, madeOf } from '../replication/proof.ts';
import type { Time } from '../stamp/clock.ts';
import type { Store } from '../store/store.ts';
import { SESSION_MS } from './limits.ts';

/** Who calls. */
export interface Session {
  readonly sessionId: string;
  readonly accountId: string;
  /** Generation of the credentials that the session was made under. */
  readonly generation: number;
  readonly expiresAtMs: number;
  /** The key that signed its token. */
  readonly key: Buffer;
}

export interface SessionToken {
  readonly sessionToken: string;
  readonly expiresAtMs: number;
}

const ALGORITHM = 'HS256';
const ISSUER = 'parley';
/** Tokens that were found right and are remembered, for each secret: without a bound they would fill the memory of a server that runs for long. */
const MAX_REMEMBERED = 10_000;
const EXPIRED = 'Your session has expired. Sign in again.';

/**
 * Session tokens: signed by a key of the cluster's secret, so that each replica can check them alone, and bound to the
 * credentials that they were made under: newer ones (a new password, 'sign out everywhere') end them [T1].
 */
export class Sessions {
  readonly #store: Store;
  /** One for each secret; the first signs. */
  readonly #keys: () => readonly { readonly key: Buffer; readonly verify: (token: string) => unknown }[];
  readonly #time: Time;
  readonly #random: RandomBytes;

  constructor(store: Store, secrets: ClusterSecrets, time: Time, random: RandomBytes = systemRandom) {
    this.#store = store;
    // Expiry is checked below, by the time that this class was given.
    this.#keys = madeOf(secrets, () =>
      secrets.keys('sessions').map((key) => ({ key, verify: remembering(createVerifier({ key, algorithms: [ALGORITHM], allowedIss: ISSUER, requiredClaims: ['sub', 'jti', 'exp'], ignoreExpiration: true })) })),
    );
    this.#time = time;
    this.#random = random;
  }

  /** A new session's token for an account with credentials of that generation; `sessionId` where a session goes on. */
  make(accountId: string, generation: number, sessionId: string = randomId(this.#random)): SessionToken {
    return this.#sign({ accountId, generation, sessionId }, this.#time.wallMs() + SESSION_MS);
  }

  /**
   * A token for a session that goes on: where half of its time is over, one that lasts a full time more [T3]; where the secret that signed its token is
   * being replaced, one that expires when that would have [D4]. Undefined where the present token will do. Throws SESSION_INVALID once its secret is not accepted any more.
   */
  renewed(session: Session): { readonly token: SessionToken; readonly session: Session } | undefined {
    const keys = this.#keys();
    const signer = keys.findIndex(({ key }) => key.equals(session.key));
    if (signer < 0) throw new Refusal('SESSION_INVALID', EXPIRED);
    const now = this.#time.wallMs();
    const isOld = session.expiresAtMs - now < SESSION_MS / 2;
    if (signer === 0 && !isOld) return undefined;
    const expiresAtMs = isOld ? now + SESSION_MS : session.expiresAtMs;
    return { token: this.#sign(session, expiresAtMs), session: { ...session, expiresAtMs, key: keys[0]?.key ?? session.key } };
  }

  /** The session of a call. Throws SESSION_INVALID, or NOT_HERE when this replica does not have the account yet. */
  of(call: CallContext): Session {
    const session = this.signed(call);
    this.check(session);
    return session;
  }

  /** What the call's token says, if this cluster has signed it and it has not expired. Throws SESSION_INVALID. */
  signed(call: CallContext): Session {
    const [scheme, token] = String(call.metadata.get('authorization')[0] ?? '').split(' ');
    if (scheme !== 'Bearer' || !token) throw new Refusal('SESSION_INVALID', 'Sign in first.');
    for (const { key, verify } of this.#keys()) {
      const session = this.#read(token, key, verify);
      if (session) return session;
    }
    throw new Refusal('SESSION_INVALID', EXPIRED);
  }

  /** Is the session still good? Throws as `of` does. */
  check({ accountId, generation }: Session): void {
    const { accounts } = this.#store.queries;
    const account = accounts.byId(accountId);
    if (!account) throw new Refusal('NOT_HERE', 'This server does not have your account yet. Use another server, or try again.');
    if (account.deleted) throw new Refusal('SESSION_INVALID', 'This account was deleted. Create another one to go on.');
    if ((accounts.credentials(accountId)?.generation ?? 0) > generation) throw new Refusal('SESSION_INVALID', 'You were signed out: the password was changed, or all sessions were ended. Sign in again.');
  }

  #sign({ accountId, generation, sessionId }: Pick<Session, 'accountId' | 'generation' | 'sessionId'>, expiresAtMs: number): SessionToken {
    const now = this.#time.wallMs();
    const key = this.#keys()[0]?.key ?? Buffer.alloc(0);
    const sign = createSigner({ key, algorithm: ALGORITHM, iss: ISSUER, sub: accountId, jti: sessionId, expiresIn: expiresAtMs - now, clockTimestamp: now });
    return { sessionToken: sign({ generation }), expiresAtMs };
  }

  #read(token: string, key: Buffer, verify: (token: string) => unknown): Session | undefined {
    try {
      const { sub, jti, exp, generation } = verify(token) as Record<string, unknown>;
      const isWhole = typeof sub === 'string' && typeof jti === 'string' && typeof exp === 'number' && typeof generation === 'number';
      return isWhole && exp * 1000 > this.#time.wallMs() ? { accountId: sub, sessionId: jti, generation, expiresAtMs: exp * 1000, key } : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The same, which looks at each right token once: a client sends the same one with every call. What it throws for a wrong one is not remembered. */
function remembering(verify: (token: string) => unknown): (token: string) => unknown {
  const right = new Map<string, unknown>();
  return (token) => {
    const known = right.get(token);
    if (known !== undefined) return known;
    const claims = verify(token);
    if (right.size >= MAX_REMEMBERED) right.clear();
    right.set(token, claims);
    return claims;
  };
}
