import { Metadata } from '@grpc/grpc-js';
import { createSigner } from 'fast-jwt';
import { VirtualTime } from '../../test/virtual-time.ts';
import type { CallContext } from '../grpc/handlers.ts';
import { ClusterSecrets } from '../replication/proof.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import { SESSION_MS } from './limits.ts';
import { Sessions } from './sessions.ts';

const OLD = 'o'.repeat(40);
const NEW = 'n'.repeat(40);

function callWith(token: string): CallContext {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return { metadata, deadlineMs: Number.POSITIVE_INFINITY, from: '', signal: new AbortController().signal };
}

describe('session tokens', () => {
  let time: VirtualTime;
  let store: Store;
  const sessions = (secrets: string) => new Sessions(store, new ClusterSecrets(secrets), time);
  beforeEach(() => {
    time = new VirtualTime();
    store = new Store({ databases: openInMemory(), time });
  });
  afterEach(() => store.close());

  test('say whose they are, until they expire', async () => {
    const { sessionToken, expiresAtMs } = sessions(NEW).make('alice', 7, 'this session');
    expect(expiresAtMs).toBe(time.wallMs() + SESSION_MS);
    await time.pass(SESSION_MS - 2000);
    expect(sessions(NEW).signed(callWith(sessionToken))).toMatchObject({ accountId: 'alice', generation: 7, sessionId: 'this session', expiresAtMs });
    await time.pass(2000);
    expect(() => sessions(NEW).signed(callWith(sessionToken))).toThrow(/expired/);
  });

  test('that an older secret signed hold while it is accepted, and no longer', () => {
    const { sessionToken } = sessions(OLD).make('alice', 0);
    expect(sessions(`${NEW}\n${OLD}`).signed(callWith(sessionToken)).accountId).toBe('alice');
    expect(() => sessions(NEW).signed(callWith(sessionToken))).toThrow();
  });

  test('[D4] of a session whose secret is being replaced is a new one under the new secret, with the same expiry, while the old one is accepted', async () => {
    const secrets = new ClusterSecrets(OLD);
    const rotating = new Sessions(store, secrets, time);
    const { sessionToken, expiresAtMs } = rotating.make('alice', 7, 'this session');
    const session = rotating.signed(callWith(sessionToken));
    secrets.replace(`${OLD}\n${NEW}`);
    expect(rotating.renewed(session)).toBeUndefined();
    secrets.replace(`${NEW}\n${OLD}`);
    await time.pass(86_400_000);
    const renewed = rotating.renewed(session);
    expect(sessions(NEW).signed(callWith(renewed?.token.sessionToken ?? ''))).toMatchObject({ accountId: 'alice', generation: 7, sessionId: 'this session', expiresAtMs });
    expect(renewed && rotating.renewed(renewed.session)).toBeUndefined();
    secrets.replace(NEW);
    expect(() => rotating.renewed(session)).toThrow(/Sign in again/);
    expect(() => rotating.signed(callWith(sessionToken))).toThrow(/Sign in again/);
  });

  test('[T3] of a session that is used are followed by new ones at half their time, for as long as it is used', async () => {
    const { sessionToken } = sessions(NEW).make('alice', 7, 'this session');
    let session = sessions(NEW).signed(callWith(sessionToken));
    await time.pass(SESSION_MS / 2 - 5_000);
    expect(sessions(NEW).renewed(session)).toBeUndefined();
    for (let turn = 0; turn < 3; turn++) {
      await time.pass(10_000);
      const renewed = sessions(NEW).renewed(session);
      expect(renewed?.token.expiresAtMs).toBe(time.wallMs() + SESSION_MS);
      session = sessions(NEW).signed(callWith(renewed?.token.sessionToken ?? ''));
      expect(session).toMatchObject({ accountId: 'alice', generation: 7, sessionId: 'this session' });
      expect(sessions(NEW).renewed(session)).toBeUndefined();
      await time.pass(SESSION_MS / 2);
    }
  });

  test('without an expiry, of another issuer or with another algorithm are refused', () => {
    const [key = Buffer.alloc(0)] = new ClusterSecrets(NEW).keys('sessions');
    const right = { key, iss: 'parley', sub: 'alice', jti: 'x', algorithm: 'HS256', expiresIn: SESSION_MS, clockTimestamp: time.wallMs() } as const;
    const { expiresIn: _, ...endless } = right;
    expect(sessions(NEW).signed(callWith(createSigner(right)({ generation: 0 }))).accountId).toBe('alice');
    for (const wrong of [endless, { ...right, iss: 'somebody' }, { ...right, algorithm: 'HS512' as const }, { ...right, key: Buffer.alloc(32) }]) {
      expect(() => sessions(NEW).signed(callWith(createSigner(wrong)({ generation: 0 })))).toThrow();
    }
    expect(() => sessions(NEW).signed(callWith(createSigner(right)({})))).toThrow();
  });
});
