import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { hashId } from '../ids.ts';

/** The metadata that proves, on each call between replicas, that the caller knows the cluster's secret. */
export const PROOF_HEADER = 'parley-proof';

/** Shorter secrets are guessed. */
const MIN_SECRET = 32;

/** The cluster's secrets: the first is used, all are accepted, so that a secret can be replaced without a stop [D4]. */
export class ClusterSecrets {
  #secrets: readonly string[];
  #version = 1;

  /** `text`: one secret a line, as the file holds them. Throws when a secret is missing or shorter than 32 characters. */
  constructor(text: string) {
    this.#secrets = readSecretLines(text);
  }

  /** Rises when they are replaced: what was made of the ones before is outdated then. */
  get version(): number {
    return this.#version;
  }

  /** How many are accepted. */
  get count(): number {
    return this.#secrets.length;
  }

  /** Puts others in their place. Throws as the constructor does, and those of before stay. */
  replace(text: string): void {
    this.#secrets = readSecretLines(text);
    this.#version += 1;
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

function readSecretLines(text: string): string[] {
  const secrets = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  if (secrets.length === 0) throw new Error('it is empty');
  if (secrets.some((secret) => secret.length < MIN_SECRET)) throw new Error(`a secret in it is shorter than ${MIN_SECRET} characters`);
  return secrets;
}

/** What `make` makes of the secrets: made once, and anew after they were replaced. */
export function madeOf<T>(secrets: ClusterSecrets, make: () => T): () => T {
  let made: { version: number; value: T } | undefined;
  return () => {
    if (made?.version !== secrets.version) made = { version: secrets.version, value: make() };
    return made.value;
  };
}

/** A proof to send: `nonce.mac`. It tells nothing of the secret; it does not cover what the call says, so links between sites belong into a VPN or tunnel. */
export function makeProof(secrets: ClusterSecrets): string {
  const nonce = randomBytes(16).toString('base64url');
  return `${nonce}.${mac(secrets.keys('replication')[0] ?? Buffer.alloc(0), nonce)}`;
}

/** Checks proofs; remembers the right ones, for each process sends the same with every call. */
export function proofChecker(secrets: ClusterSecrets): (proof: string) => boolean {
  const present = madeOf(secrets, () => ({ keys: secrets.keys('replication'), right: new Set<string>() }));
  return (proof) => {
    const { keys, right } = present();
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
