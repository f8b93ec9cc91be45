import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** The metadata that proves, on each call of ReplicationService, that the caller knows the cluster's secret. */
export const PROOF_HEADER = 'parley-proof';

/** Shorter secrets are guessed. */
const MIN_SECRET = 32;

/** The secrets that a file holds, one a line: the first is used, all are accepted. Throws, with what is wrong with the file, when there is none or one is shorter than 32 characters. */
export function readSecretLines(text: string): string[] {
  const secrets = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  if (secrets.length === 0) throw new Error('it is empty');
  if (secrets.some((secret) => secret.length < MIN_SECRET)) throw new Error(`a secret in it is shorter than ${MIN_SECRET} characters`);
  return secrets;
}

/** The 32-byte key that a secret gives for one purpose (HKDF-SHA-256, RFC 5869). */
export function deriveKey(secret: string, purpose: 'replication' | 'sessions' | 'cursors'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `parley ${purpose}`, 32));
}

/**
 * A proof to send, by the key for replication: `nonce.mac` (HMAC-SHA-256). It tells nothing of the secret; it does not cover what the call says, so links
 * between sites belong into a VPN or tunnel.
 */
export function makeProof(key: Buffer): string {
  const nonce = randomBytes(16).toString('base64url');
  return `${nonce}.${mac(key, nonce)}`;
}

/** Was the proof made by this key? Takes the same time for every wrong one. */
export function isProofBy(key: Buffer, proof: string): boolean {
  const [nonce, given] = proof.split('.');
  if (!nonce || !given) return false;
  const expected = Buffer.from(mac(key, nonce));
  const actual = Buffer.from(given);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function mac(key: Buffer, nonce: string): string {
  return createHmac('sha256', key).update(nonce).digest('base64url');
}
