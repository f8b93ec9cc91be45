import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { hashId } from '../ids.ts';

/** The metadata that proves, on each call between replicas, that the caller knows the cluster's secret. */
export const PROOF_HEADER = 'parley-proof';

/** The cluster's secrets: the first is used, all are accepted, so that a secret can be replaced without a stop. */
export class ClusterSecrets {
  readonly #secrets: readonly string[];

  /** `text`: one secret a line, as the file holds them. Throws when a secret is missing or shorter than 32 characters. */
  constructor(text: string) {
    this.#secrets = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
    if (this.#secrets.length === 0) throw new Error('it is empty');
    if (this.#secrets.some((secret) => secret.length < 32)) throw new Error('a secret in it is shorter than 32 characters');
  }

  /** The id of a cluster that starts with these secrets. */
  get clusterId(): string {
    return hashId('parley cluster\n', this.#secrets[0] ?? '');
  }

  /** Keys for one purpose, the one to use first. */
  keys(purpose: 'replication' | 'sessions' | 'cursors'): Buffer[] {
    return this.#secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', `parley ${purpose}`, 32)));
  }
}

/** A proof to send: `nonce.mac`. It tells nothing of the secret; it does not cover what the call says, so links between sites belong into a VPN or tunnel. */
export function makeProof(secrets: ClusterSecrets): string {
  const nonce = randomBytes(16).toString('base64url');
  return `${nonce}.${mac(secrets.keys('replication')[0] ?? Buffer.alloc(0), nonce)}`;
}

/** Checks proofs; remembers the right ones, for each process sends the same with every call. */
export function proofChecker(secrets: ClusterSecrets): (proof: string) => boolean {
  const keys = secrets.keys('replication');
  const right = new Set<string>();
  return (proof) => {
    if (right.has(proof)) return true;
    const [nonce, given] = proof.split('.');
    if (!nonce || !given) return false;
    const isRight = keys.some((key) => {
      const expected = Buffer.from(mac(key, nonce));
      const actual = Buffer.from(given);
      return expected.length === actual.length && timingSafeEqual(expected, actual);
    });
    if (isRight) {
      if (right.size > 1000) right.clear();
      right.add(proof);
    }
    return isRight;
  };
}

/** Was a call refused because the callee has another secret? */
export function isRefusedProof(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === status.UNAUTHENTICATED;
}

function mac(key: Buffer, nonce: string): string {
  return createHmac('sha256', key).update(nonce).digest('base64url');
}
