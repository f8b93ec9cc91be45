import { createHmac, timingSafeEqual } from 'node:crypto';
import { Cursor } from '@parley/proto/replication';
import { invalid } from '../errors.ts';
import { type ClusterSecrets, madeOf } from '../replication/proof.ts';
import { type VectorEntry, VersionVector } from '../stamp/version-vector.ts';
import type { Store } from '../store/store.ts';
import { MAX_CURSORS, MAX_CURSORS_BYTES } from './limits.ts';

const MAC_BYTES = 16;

/** What a client was shown: a version vector, and the highest clock. */
export interface CursorValue {
  readonly vector: VersionVector;
  readonly hlc: number;
}

/** Makes and reads clients' cursors: opaque to them, and signed, so that nobody can lift a cluster's clock or invent coverage. */
export class Cursors {
  readonly #store: Store;
  readonly #secrets: ClusterSecrets;
  readonly #keys: () => readonly Buffer[];
  #head: { version: number; hlc: number; secrets: number; bytes: Uint8Array } | undefined;

  constructor(store: Store, secrets: ClusterSecrets) {
    this.#store = store;
    this.#secrets = secrets;
    this.#keys = madeOf(secrets, () => secrets.keys('cursors'));
  }

  /** The cursor for all that this replica has now. */
  head(): Uint8Array {
    const { version, hlc } = this.#store;
    const secrets = this.#secrets.version;
    if (this.#head?.version !== version || this.#head.hlc !== hlc || this.#head.secrets !== secrets) this.#head = { version, hlc, secrets, bytes: this.make(this.#store.vector, hlc) };
    return this.#head.bytes;
  }

  make(vector: Iterable<VectorEntry>, hlc: number): Uint8Array {
    const body = Cursor.encode({ vector: { entries: [...vector] }, hlc }).finish();
    return Buffer.concat([sign(this.#keys()[0], body), body]);
  }

  /** Throws INVALID_ARGUMENT for what no replica of this cluster has signed. */
  read(field: string, bytes: Uint8Array): CursorValue {
    const body = bytes.subarray(MAC_BYTES);
    const isSigned = bytes.length > MAC_BYTES && bytes.length <= MAX_CURSORS_BYTES && this.#keys().some((key) => timingSafeEqual(sign(key, body), bytes.subarray(0, MAC_BYTES)));
    if (!isSigned) throw invalid(field, `${field} holds a cursor that no server of this cluster has given out; leave it out`);
    const cursor = Cursor.decode(body);
    return { vector: new VersionVector(cursor.vector?.entries), hlc: cursor.hlc };
  }

  /** Reads several as the one that covers them all. */
  readAll(field: string, all: readonly Uint8Array[]): CursorValue {
    if (all.length > MAX_CURSORS) throw invalid(field, `${field} holds more than ${MAX_CURSORS} cursors`);
    if (all.reduce((sum, { length }) => sum + length, 0) > MAX_CURSORS_BYTES) throw invalid(field, `${field} holds more than ${MAX_CURSORS_BYTES} bytes of cursors`);
    const vector = new VersionVector();
    let hlc = 0;
    for (const bytes of all) {
      const one = this.read(field, bytes);
      vector.raise(one.vector);
      hlc = Math.max(hlc, one.hlc);
    }
    return { vector, hlc };
  }
}

function sign(key: Buffer | undefined, body: Uint8Array): Buffer {
  return createHmac('sha256', key ?? '').update(body).digest().subarray(0, MAC_BYTES);
}
