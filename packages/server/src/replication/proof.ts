import { status } from '@grpc/grpc-js';
import { deriveKey, isProofBy, makeProof as proofBy, readSecretLines } from '@parley/proof';
import { hashId } from '../ids.ts';

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
    return this.#secrets.map((secret) => deriveKey(secret, purpose));
  }
}

/** What `make` makes of the secrets: made once, and anew after they were replaced. */
export function madeOf<T>(secrets: ClusterSecrets, make: () => T): () => T {
  let made: { version: number; value: T } | undefined;
  return () => {
    if (made?.version !== secrets.version) made = { version: secrets.version, value: make() };
    return made.value;
  };
}

/** A proof to send. */
export function makeProof(secrets: ClusterSecrets): string {
  return proofBy(secrets.keys('replication')[0] ?? Buffer.alloc(0));
}

/** Checks proofs; remembers the right ones, for each process sends the same with every call. */
export function proofChecker(secrets: ClusterSecrets): (proof: string) => boolean {
  const present = madeOf(secrets, () => ({ keys: secrets.keys('replication'), right: new Set<string>() }));
  return (proof) => {
    const { keys, right } = present();
    if (right.has(proof)) return true;
    const isRight = keys.some((key) => isProofBy(key, proof));
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
